using Authly.Infrastructure.Configuration;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The headers that every answer carries: no framing, no sniffing, no referrer, no script, and no caching unless an endpoint
/// said otherwise.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next, AuthlyOptions options)
{
    private static readonly string WithoutForm = ContentSecurityPolicy(null);

    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers[HeaderNames.XContentTypeOptions] = "nosniff";
            headers[HeaderNames.XFrameOptions] = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            if (!headers.ContainsKey(HeaderNames.ContentSecurityPolicy))
                headers[HeaderNames.ContentSecurityPolicy] = http.Features.Get<FormTarget>() is { } target ? ContentSecurityPolicy(target)
                    : WithoutForm;
            if (!headers.ContainsKey(HeaderNames.CacheControl))
                headers[HeaderNames.CacheControl] = "no-store";
            if (options.IsHttps)
                headers[HeaderNames.StrictTransportSecurity] = "max-age=31536000";
            return Task.CompletedTask;
        });
        return next(http);
    }

    public static string ContentSecurityPolicy(FormTarget? target, string script = "'none'") =>
        $"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self'; "
        + $"form-action 'self'{(target is null ? "" : " " + target.Source)}; frame-ancestors 'none'; base-uri 'none'";
}

/// <summary>
/// Where a form on this page may lead beyond us: a browser checks <c>form-action</c> against the redirects that follow a
/// submission too, and a sign-in ends at the client's registered redirect URI.
/// </summary>
internal sealed record FormTarget(string Source)
{
    /// <summary>The CSP source of a URI: the origin of a web address, the scheme of a native application's.</summary>
    public static FormTarget For(string uri)
    {
        var parsed = new Uri(uri);
        return new FormTarget(parsed.Scheme is "http" or "https" ? parsed.GetLeftPart(UriPartial.Authority) : $"{parsed.Scheme}:");
    }
}
