using Authly.Infrastructure.Configuration;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The headers that every answer carries: no framing, no sniffing, no referrer, no script, and no caching unless an endpoint
/// said otherwise.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next, AuthlyOptions options)
{
    public const string ReferrerPolicy = "Referrer-Policy";

    /// <summary>For a page with a script of ours, which asks for the page again.</summary>
    public static readonly string WithOwnScripts =
        ContentSecurityPolicy("script-src 'self'; connect-src 'self'; form-action 'self'");

    private static readonly string Strict = ContentSecurityPolicy("script-src 'none'; form-action 'self'");

    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers[HeaderNames.XContentTypeOptions] = "nosniff";
            headers[HeaderNames.XFrameOptions] = "DENY";
            // No Cross-Origin-Opener-Policy: an application that signs people in by a popup waits for that to come back.
            headers.TryAdd(ReferrerPolicy, "no-referrer");
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            headers.TryAdd(HeaderNames.ContentSecurityPolicy, Strict);
            headers.TryAdd(HeaderNames.CacheControl, "no-store");
            if (options.IsHttps)
                headers[HeaderNames.StrictTransportSecurity] = "max-age=31536000";
            return Task.CompletedTask;
        });
        return next(http);
    }

    /// <param name="scriptsAndForms">
    /// What may run, and where forms may go. Forms of ours go to ourselves: a browser checks <c>form-action</c> against every redirect that
    /// follows a submission, so their answers go on by a page.
    /// </param>
    public static string ContentSecurityPolicy(string scriptsAndForms) =>
        $"default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; {scriptsAndForms}";
}
