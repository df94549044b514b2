using System.Text.RegularExpressions;

namespace Authly.Infrastructure.Protocol;

/// <summary>Compares the values of <c>resource</c> (RFC 8707 §2).</summary>
internal static partial class ResourceIndicators
{
    public static bool AreEqual(string left, string right) => left == right || Normalize(left) == Normalize(right);

    /// <summary>
    /// The text that equal URIs have in common (RFC 3986 §6.2.3): scheme and host in lower case, no default port, a slash for an empty
    /// path. Nothing else of it is understood.
    /// </summary>
    private static string Normalize(string resource)
    {
        if (Web().Match(resource) is not { Success: true } match)
            return resource;
        var (scheme, port) = (match.Groups["scheme"].Value.ToLowerInvariant(), match.Groups["port"].Value);
        var isDefault = (scheme, port) is (_, "") or ("https", "443") or ("http", "80");
        var rest = match.Groups["rest"].Value;
        return $"{scheme}://{match.Groups["host"].Value.ToLowerInvariant()}{(isDefault ? "" : ":" + port)}"
            + (rest.StartsWith('/') ? rest : "/" + rest);
    }

    [GeneratedRegex(@"\A(?<scheme>https?)://(?<host>[A-Z0-9._-]+|\[[A-F0-9:.]+\])(:(?<port>[0-9]*))?(?<rest>([/?][\x21-\x7e]*)?)\z",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Web();
}
