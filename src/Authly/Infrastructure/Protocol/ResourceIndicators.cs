namespace Authly.Infrastructure.Protocol;

/// <summary>Compares the values of <c>resource</c> (RFC 8707 §2).</summary>
internal static class ResourceIndicators
{
    /// <summary>
    /// The text that equal URIs have in common (RFC 3986 §6.2.3): scheme and host in lower case, no default port, a slash for an empty
    /// path.
    /// </summary>
    public static string Normalize(string resource) =>
        Uri.TryCreate(resource, UriKind.Absolute, out var uri) && (uri.Scheme is "https" or "http") ? uri.AbsoluteUri : resource;

    public static bool AreEqual(string left, string right) => left == right || Normalize(left) == Normalize(right);
}
