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
    private const string Scheme = "Bearer ";

    // Those that say nothing to the protocol: of clients, of browsers, and of proxies.
    private static readonly FrozenSet<string> Headers = new[]
    {
        HeaderNames.Host, HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.UserAgent, HeaderNames.Accept,
        HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage, HeaderNames.AcceptCharset, HeaderNames.CacheControl, HeaderNames.Pragma,
        HeaderNames.ContentType, HeaderNames.ContentLength, HeaderNames.Authorization, HeaderNames.TraceParent, HeaderNames.TraceState,
        HeaderNames.Baggage, HeaderNames.Origin, HeaderNames.Referer, HeaderNames.DNT, "Priority", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
        "Sec-Fetch-Site", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-GPC",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Original-For",
        "X-Real-IP", "X-Request-ID", "X-Correlation-ID", "X-Amzn-Trace-Id", "X-Cloud-Trace-Context", "CF-Ray", "CF-Connecting-IP",
        "CF-IPCountry", "CF-Visitor", "CDN-Loop", HeaderNames.Via, "Forwarded",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it is such a form: each parameter once, and no Authorization but Basic that could be read.</summary>
    public static bool Is(HttpRequest request, ProtocolParameters parameters, PlainForm form)
    {
        if (parameters.Refusal is not null || !parameters.IsPost || !HasNoMore(request)
            || (request.Headers.Authorization.Count > 0 && parameters.Basic is null))
        {
            return false;
        }

        // None is there twice: the reader allows that for others only.
        foreach (var parameter in parameters.All)
        {
            if (!form.Has(parameter.Key))
                return false;
        }

        foreach (var name in form.Needed)
        {
            if (parameters[name] is null)
                return false;
        }

        return true;
    }

    /// <summary>The access token of a request that has nothing else (RFC 6750 §2.1); null for any other.</summary>
    public static string? BearerOf(HttpRequest request, ProtocolParameters parameters) =>
        parameters is { Refusal: null, IsPost: false, All.Count: 0 } && HasNoMore(request)
            && request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.Ordinal)
            ? header[Scheme.Length..] : null;

    /// <summary>Whether it has no query, and no header that might mean something.</summary>
    private static bool HasNoMore(HttpRequest request)
    {
        if (request.QueryString.HasValue)
            return false;
        foreach (var header in request.Headers)
        {
            if (!Headers.Contains(header.Key))
                return false;
        }

        return true;
    }
}
