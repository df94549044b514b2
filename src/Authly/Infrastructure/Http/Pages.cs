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
    public const string Consent = "/Authorization/Consent";

    public static string UrlOf(HttpContext http, string page) =>
        http.RequestServices.GetRequiredService<LinkGenerator>().GetPathByPage(http, page)
        ?? throw new InvalidOperationException($"There is no page {page}.");
}
