using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The pages that others than their own feature lead to, by the names that Razor Pages gives them; their paths stand on the pages alone.
/// </summary>
internal static class Pages
{
    public const string Account = "/Account/Index";
    public const string Login = "/Account/Login";
    public const string Logout = "/Account/Logout";
    public const string SignedOut = "/Account/SignedOut";
    public const string Interrupted = "/Account/Interrupted";
    public const string Console = "/Insights/Console";
    public const string Consent = "/Authorization/Consent";

    public const string ReturnParameter = "return";

    /// <summary>The URL of an endpoint: its path, below the issuer's.</summary>
    public static string UrlOf(HttpContext http, OAuthEndpoint endpoint) => http.Request.PathBase + Declared.PathOf(endpoint);

    public static string UrlOf(HttpContext http, string page) =>
        http.RequestServices.GetRequiredService<LinkGenerator>().GetPathByPage(http, page)
        ?? throw new InvalidOperationException($"There is no page {page}.");

    /// <summary>Where somebody signs in who wants to a page of the console, and is brought back to it.</summary>
    /// <param name="again">Also where they are signed in already.</param>
    public static string LoginFor(HttpContext http, string page, bool again = false) =>
        $"{UrlOf(http, Login)}?{ReturnParameter}={Uri.EscapeDataString(page)}{(again ? "&again=true" : "")}";

    /// <summary>A page of the console to bring somebody back to; null for anything else.</summary>
    public static string? ReturnOf(HttpContext http, string? page) =>
        // Threat: an address of somebody else's would get people from our sign-in. It stays below the console's path, whoever resolves it.
        page is not null && page.All(character => character is > ' ' and <= '~' and not '\\')
        && page.Split('?')[0] is var path && !path.Contains("..", StringComparison.Ordinal) && !path.Contains('%', StringComparison.Ordinal)
        && UrlOf(http, Console) is var console && page.StartsWith(console, StringComparison.Ordinal)
        && (page.Length == console.Length || page[console.Length] is '/' or '?') ? page : null;
}
