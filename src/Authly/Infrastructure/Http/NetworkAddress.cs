using System.Net.Sockets;

namespace Authly.Infrastructure.Http;

/// <summary>Where a request comes from, as limits count it.</summary>
internal static class NetworkAddress
{
    /// <summary>
    /// The connection's address, or what a trusted proxy says; an IPv6 one as its /64, because one line has all of them. Null where the
    /// connection has none.
    /// </summary>
    public static string? Of(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        return address?.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)) : address?.ToString();
    }
}
