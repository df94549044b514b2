using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Binds forms to the browser by its cookie, and not to who is signed in, as the platform does: a form that was opened before a sign-in in
/// another tab is still this browser's. Threat: another site's form has no token of this browser's, whoever is signed in.
/// </summary>
internal sealed class BrowserAntiforgery(IAntiforgery inner) : IAntiforgery
{
    private static readonly ClaimsPrincipal Nobody = new();

    public AntiforgeryTokenSet GetAndStoreTokens(HttpContext httpContext) => AsNobody(httpContext, inner.GetAndStoreTokens);

    public AntiforgeryTokenSet GetTokens(HttpContext httpContext) => AsNobody(httpContext, inner.GetTokens);

    public Task<bool> IsRequestValidAsync(HttpContext httpContext) => AsNobodyAsync(httpContext, inner.IsRequestValidAsync);

    public Task ValidateRequestAsync(HttpContext httpContext) => AsNobodyAsync(httpContext, async http =>
    {
        await inner.ValidateRequestAsync(http);
        return true;
    });

    public void SetCookieTokenAndHeader(HttpContext httpContext) => inner.SetCookieTokenAndHeader(httpContext);

    private static T AsNobody<T>(HttpContext http, Func<HttpContext, T> run)
    {
        var user = http.User;
        http.User = Nobody;
        try
        {
            return run(http);
        }
        finally
        {
            http.User = user;
        }
    }

    private static async Task<T> AsNobodyAsync<T>(HttpContext http, Func<HttpContext, Task<T>> run)
    {
        var user = http.User;
        http.User = Nobody;
        try
        {
            return await run(http);
        }
        finally
        {
            http.User = user;
        }
    }
}
