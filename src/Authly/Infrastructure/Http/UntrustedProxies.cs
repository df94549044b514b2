using Microsoft.AspNetCore.HttpOverrides;

namespace Authly.Infrastructure.Http;

/// <summary>
/// Says once in the log that a proxy which is not trusted passes addresses on: limits then count all people as one, and whoever set the
/// server up wants to know. The header itself is ignored; anybody can send it.
/// </summary>
internal sealed class UntrustedProxies(RequestDelegate next, ILogger<UntrustedProxies> logger)
{
    private int _isTold;

    public Task InvokeAsync(HttpContext http)
    {
        // What was believed has been taken away by the middleware before this one.
        if (_isTold == 0 && http.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName)
            && !http.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XOriginalForHeaderName)
            && Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            logger.LogWarning(
                "A request has X-Forwarded-For from where Authly:TrustedProxies names nobody: the header is ignored. If a proxy of yours "
                + "sends it, name the proxy; until then all who come through it count as one address");
        }

        return next(http);
    }
}
