using Authly.Infrastructure.Mediation;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Http;

/// <summary>
/// A body that says to be a form must be one that can be read: a media type without doubt, in UTF-8. Threat: what our checks do not take
/// for a form, and a reader behind them does, is read unchecked, and fails there as if it were our fault.
/// </summary>
internal sealed class FormBodies(RequestDelegate next)
{
    public const string UrlEncoded = "application/x-www-form-urlencoded";
    private const string Multipart = "multipart/form-data";

    public static bool IsReadable(HttpRequest request)
    {
        var type = request.ContentType;
        if (type is null || !(
            type.TrimStart().StartsWith(UrlEncoded, StringComparison.OrdinalIgnoreCase)
            || type.TrimStart().StartsWith(Multipart, StringComparison.OrdinalIgnoreCase)))
        {
            return true;
        }

        return MediaTypeHeaderValue.TryParse(type, out var parsed)
            && (parsed.MediaType.Equals(UrlEncoded, StringComparison.OrdinalIgnoreCase)
                || parsed.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase))
            && HeaderUtilities.RemoveQuotes(parsed.Charset).Value?.ToLowerInvariant() is null or "" or "utf-8" or "utf8" or "us-ascii";
    }

    /// <summary>Whether the body is the form that the protocol's endpoints take (RFC 6749 Appendix B).</summary>
    public static bool IsUrlEncoded(HttpRequest request) => IsReadable(request)
        && request.ContentType?.TrimStart().StartsWith(UrlEncoded, StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>For pages; a protocol endpoint asks itself, and answers in its own form.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<EndpointDeclaration>() is not null || IsReadable(http.Request))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        // The error page is routed as the request was; without this it would be refused as well.
        http.Request.ContentType = null;
        return Task.CompletedTask;
    }
}
