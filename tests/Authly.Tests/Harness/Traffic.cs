namespace Authly.Tests.Harness;

/// <summary>What a day brings, in a minute: every flow, and every common way to fail.</summary>
public static class Traffic
{
    public static async Task DriveAsync(this AuthlyServer server)
    {
        const string Service = "service:service-secret-for-tests";
        using var alice = new Person(server);
        var request = new AuthorizationRequest("web", "openid profile email offline_access");
        var code = (await alice.AuthorizeAsync(request))["code"];
        await server.RedeemAsync(code, new string('x', 43));
        var tokens = await server.RedeemAsync(code, request.Verifier);
        await server.UserInfoAsync(tokens["access_token"]);
        await server.UserInfoAsync("garbage");
        await server.PostAsync("/oauth/introspect", new { token = tokens["access_token"]! }, Flows.Web);
        await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RedeemAsync(code, request.Verifier);
        await server.PostAsync("/oauth/revoke", new { token = tokens["access_token"]! }, Flows.Web);
        tokens = await server.TokensAsync();
        await server.GetAsync($"/oidc/logout?id_token_hint={tokens["id_token"]}");

        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, Service);
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:wrong");
        await server.PostAsync("/oauth/token", new { grant_type = "made-up" }, Service);
        await server.GetAsync(new AuthorizationRequest().With("redirect_uri", "https://evil.example/").Url);
        await server.GetAsync(new AuthorizationRequest().With("prompt", "none").Url);
        await server.GetAsync("/.well-known/openid-configuration");
        await server.GetAsync("/.well-known/jwks.json");
        await server.GetAsync("/nothing-here");

        await alice.PostAsync("/account/logout");
        await (await alice.VisitAsync("/account/password")).SubmitAsync(("CurrentPassword", "wrong"), ("NewPassword", "another good one"));
        foreach (var (username, password) in new[]
        {
            ("alice", "wrong"), ("nobody", "wrong"), ("mallory", "correct horse battery"), ("", "wrong"),
        })
        {
            using var person = new Person(server);
            await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password));
        }
    }
}
