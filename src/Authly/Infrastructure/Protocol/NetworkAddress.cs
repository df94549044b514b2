using System.Net;
using System.Net.Sockets;

namespace Authly.Infrastructure.Protocol;

/// <summary>Network addresses, as limits and the audit log have them.</summary>
internal static class NetworkAddress
{
    /// <summary>An IPv4 address as one, also where a socket of both kinds maps it (RFC 4291 §2.5.5.2).</summary>
    public static IPAddress? Unmapped(IPAddress? address) =>
        address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    /// <summary>
    /// What counts as one: an IPv6 address as its /64, because one line has all of them. Null where a connection has no address.
    /// </summary>
    public static string? NetworkOf(IPAddress? address) => Unmapped(address) is not { } plain ? null
        : plain.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexStringLower(plain.GetAddressBytes().AsSpan(0, 8))
        : plain.ToString();
}
