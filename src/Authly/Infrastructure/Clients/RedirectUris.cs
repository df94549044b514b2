using System.Text.RegularExpressions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// Compares redirect URIs as text. Threat: whoever compares what a parser makes of them takes <c>/x/../cb</c> and <c>/%63b</c> for
/// <c>/cb</c>.
/// </summary>
internal static partial class RedirectUris
{
    /// <summary>
    /// Whether a URI is registered: to the letter, or with another port on the same loopback host where the client is a native application,
    /// or has nothing but loopback URIs (RFC 8252 §7.3).
    /// </summary>
    public static bool Contains(IReadOnlyCollection<string> registered, string? applicationType, string uri)
    {
        if (registered.Contains(uri, StringComparer.Ordinal))
            return true;
        return WithoutPort(uri) is { } text
            && (applicationType == ApplicationTypes.Native || registered.All(each => WithoutPort(each) is not null))
            && registered.Any(each => WithoutPort(each) == text);
    }

    /// <summary>A loopback URI's text without its port; null for any other.</summary>
    private static string? WithoutPort(string uri) =>
        Loopback().Match(uri) is { Success: true } match
            && (!match.Groups["port"].Success || ushort.TryParse(match.Groups["port"].ValueSpan, out _))
            ? match.Groups["host"].Value + match.Groups["rest"].Value : null;

    [GeneratedRegex(@"\A(?<host>http://(localhost|127\.0\.0\.1|\[::1\]))(:(?<port>[0-9]{1,5}))?(?<rest>[/?][\x21-\x7e]*)?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Loopback();
}
