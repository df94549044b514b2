using Authly.Tests.Harness;

namespace Authly.Tests.Features.SignOut;

public sealed class EndSessionTests(Servers servers)
{
    private const string SignedOut = "http://localhost:5999/signed-out";

    [Theory, OnEachDatabase]
    public async Task An_id_token_of_the_current_session_signs_out_at_once_and_returns_with_state(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        var tokens = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        var page = await alice.VisitAsync($"/oidc/logout?id_token_hint={tokens["id_token"]}&post_logout_redirect_uri={SignedOut}&state=s1");
        Assert.Equal($"{SignedOut}?state=s1", page.Location?.ToString());
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync("/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task Without_a_hint_or_with_a_strangers_the_person_is_asked(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var strangers = (await server.TokensAsync())["id_token"];
        foreach (var query in new[]
        {
            "", "?id_token_hint=garbage", $"?id_token_hint={strangers}", $"?client_id=web&post_logout_redirect_uri={SignedOut}",
        })
        {
            Assert.Equal("Sign out · Authly", (await alice.VisitAsync("/oidc/logout" + query)).Title);
            Assert.Equal("Your account · Authly", (await alice.VisitAsync("/account")).Title);
        }

        var asked = await alice.VisitAsync($"/oidc/logout?client_id=web&post_logout_redirect_uri={SignedOut}&state=s2");
        Assert.Equal($"{SignedOut}?state=s2", (await asked.SubmitAsync()).Location?.ToString());
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync("/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_post_logout_redirect_uri_that_is_not_registered_is_not_gone_to(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        foreach (var variant in new[] { SignedOut + "/", "http://localhost:5999/callback", "https://evil.example/", "javascript:alert(1)" })
        {
            var page = await alice.VisitAsync($"/oidc/logout?client_id=web&post_logout_redirect_uri={Uri.EscapeDataString(variant)}");
            Assert.Equal((System.Net.HttpStatusCode.OK, null), (page.Status, page.Location));
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_sign_out_to_an_unregistered_address_names_it_and_asks_whether_to_sign_out(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        var code = (await alice.AuthorizeAsync(request))["code"];
        var hint = (await server.RedeemAsync(code, request.Verifier))["id_token"];
        var page = await alice.VisitAsync($"/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F");
        Assert.Contains("https://evil.example/", page.Text, StringComparison.Ordinal);
        Assert.Equal("Sign out · Authly", page.Title);
        var ended = await page.SubmitAsync();
        Assert.Equal(("Signed out · Authly", null), (ended.Title, ended.Location));
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync("/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_session_cookie_is_worthless_after_sign_out(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var stolen = alice.Cookies;
        await (await alice.VisitAsync("/account/logout")).SubmitAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account");
        request.Headers.Add("Cookie", stolen);
        var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("/account/login", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
    }
}
