using System.Collections.Frozen;
using Authly.Infrastructure.Http;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>
/// Whether a request holds nothing but what the plain way understands. Threat: a parameter or header that a rule of OpenIddict's, or of a
/// feature that comes later, would have looked at.
/// </summary>
internal static class PlainRequest
{
    // Those that say nothing to the protocol.
    private static readonly FrozenSet<string> Headers = new[]
    {
        HeaderNames.Host, HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.UserAgent, HeaderNames.Accept,
        HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage, HeaderNames.AcceptCharset, HeaderNames.CacheControl, HeaderNames.Pragma,
        HeaderNames.ContentType, HeaderNames.ContentLength, HeaderNames.Authorization, HeaderNames.TraceParent, HeaderNames.TraceState,
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Original-For", "X-Real-IP", "X-Request-ID",
        "Via", "Forwarded",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <param name="names">The parameters that are understood, each at most once.</param>
    public static bool Is(HttpRequest request, ProtocolParameters parameters, FrozenSet<string> names)
    {
        if (parameters.Refusal is not null || !parameters.IsPost || request.QueryString.HasValue
            || (request.Headers.Authorization.Count > 0 && parameters.Basic is null))
        {
            return false;
        }

        foreach (var header in request.Headers)
        {
            if (!Headers.Contains(header.Key))
                return false;
        }

        // None is there twice: the reader allows that for others only.
        foreach (var parameter in parameters.All)
        {
            if (!names.Contains(parameter.Key))
                return false;
        }

        return true;
    }
}
