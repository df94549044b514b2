namespace Authly.Tests.Harness;

/// <summary>The flows that most tests begin with.</summary>
public static class Flows
{
    public const string WebSecret = "web-secret-for-tests";

    public const string Web = "web:" + WebSecret;

    /// <summary>A code of the confidential client for alice, and its verifier.</summary>
    public static async Task<(string Code, string Verifier)> CodeAsync(
        this AuthlyServer server, string clientId = "web", string scope = "openid profile email offline_access")
    {
        using var alice = new Person(server);
        var request = new AuthorizationRequest(clientId, scope);
        return ((await alice.AuthorizeAsync(request))["code"], request.Verifier);
    }

    public static Task<Answer> RedeemAsync(this AuthlyServer server, string code, string verifier, string? basic = Web) => server.PostAsync(
        "/oauth/token",
        new { grant_type = "authorization_code", code, code_verifier = verifier, redirect_uri = Person.Callback.ToString() },
        basic);

    public static async Task<Answer> TokensAsync(
        this AuthlyServer server, string clientId = "web", string scope = "openid profile email offline_access")
    {
        var (code, verifier) = await server.CodeAsync(clientId, scope);
        return await server.RedeemAsync(code, verifier);
    }

    public static Task<Answer> RefreshAsync(this AuthlyServer server, string refreshToken, string? basic = Web, string? scope = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken };
        if (scope is not null)
            form["scope"] = scope;
        return server.PostAsync("/oauth/token", form, basic);
    }

    public static async Task<bool> IsActiveAsync(this AuthlyServer server, string token, string basic = Web) =>
        (await server.PostAsync("/oauth/introspect", new { token }, basic))["active"] == "True";

    public static async Task<Answer> UserInfoAsync(this AuthlyServer server, string? accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, server.UrlOf("/oidc/userinfo"));
        if (accessToken is not null)
            request.Headers.Authorization = new("Bearer", accessToken);
        return await Answer.ReadAsync(await server.Http.SendAsync(request));
    }
}
