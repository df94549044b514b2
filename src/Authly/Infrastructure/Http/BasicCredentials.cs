using System.Text;
using System.Text.Unicode;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Http;

/// <summary>
/// A client's Basic credentials (RFC 7617 §2). RFC 6749 §2.3.1 encodes either half as in a form first; half of the installed clients do
/// not, so what cannot be told apart is both.
/// </summary>
internal sealed record BasicCredentials(IReadOnlyList<string> ClientIds, IReadOnlyList<string> Secrets)
{
    private const string Scheme = "Basic";

    private static readonly OAuthEndpoint[] Endpoints = [OAuthEndpoint.Token, OAuthEndpoint.Introspection, OAuthEndpoint.Revocation];

    /// <summary>Whether clients authenticate at an endpoint; elsewhere such a header is a proxy's, and ignored.</summary>
    public static bool AreTakenBy(OAuthEndpoint? endpoint) => endpoint is { } type && Endpoints.Contains(type);

    public static bool AreIn(string header) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (header.Length == Scheme.Length || header[Scheme.Length] == ' ');

    /// <summary>Null where the header is not base64, has no colon, or holds what no id or secret does: NUL, or no UTF-8.</summary>
    public static BasicCredentials? Read(string header)
    {
        var encoded = header[Scheme.Length..].Trim();
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return null;
        var text = Encoding.Latin1.GetString(bytes.AsSpan(0, length));
        var colon = text.IndexOf(':');
        if (colon < 0)
            return null;
        var (ids, secrets) = (Readings(text[..colon]), Readings(text[(colon + 1)..]));
        return ids is [{ Length: > 0 }, ..] && secrets.Count > 0 ? new BasicCredentials(ids, secrets) : null;
    }

    /// <summary>Credentials that cannot be read, or beside others, are refused whole (RFC 6749 §2.3).</summary>
    public static Refusal? Check(BasicCredentials? read, ProtocolParameters parameters) =>
        read is null
            ? Refusal.NoSuchClient("The Basic credentials are not base64 of a client_id, a colon and a secret (RFC 7617 §2).")
        : parameters[Parameters.ClientId] is { } given && !read.ClientIds.Contains(given)
            ? Refusal.Invalid("Two different clients are named.")
        : parameters[Parameters.ClientAssertion] is not null || parameters[Parameters.ClientSecret] is not null
            ? Refusal.Invalid("The client authenticates in two ways at once.")
        : null;

    /// <summary>Decoded as in a form, and as it stands.</summary>
    private static List<string> Readings(string half)
    {
        var raw = Encoding.Latin1.GetBytes(half);
        List<string> readings = [];
        if (FormText.Decode(half) is { } decoded)
            readings.Add(decoded);
        if (!raw.Contains((byte)0) && Utf8.IsValid(raw) && Encoding.UTF8.GetString(raw) is var text && !readings.Contains(text))
            readings.Add(text);
        return readings;
    }
}

internal static class BearerToken
{
    /// <summary>An access token in two places is refused (RFC 6750 §2).</summary>
    public static Refusal? Check(string header, ProtocolParameters parameters) =>
        header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && parameters[Parameters.AccessToken] is not null
            ? Refusal.Invalid("The access token is given twice.") with { Challenge = "Bearer error=\"invalid_request\"" } : null;
}
