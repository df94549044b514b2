using Authly.Tests.Harness;

namespace Authly.Tests.Features.Authorization;

/// <summary>When a person is asked again, and when nobody may be asked.</summary>
public sealed class PromptTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task Consent_is_asked_once_and_again_when_more_is_asked(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        Assert.Contains("code", (await alice.AuthorizeAsync(new AuthorizationRequest(scope: "openid"))).Keys);
        Assert.NotNull((await alice.VisitAsync(new AuthorizationRequest(scope: "openid").Url)).Location);
        var more = new AuthorizationRequest(scope: "openid email");
        Assert.Equal("Allow access · Authly", (await alice.VisitAsync(more.Url)).Title);
        var silent = new AuthorizationRequest(scope: "openid email").With("prompt", "none");
        Assert.Equal("consent_required", (await alice.VisitAsync(silent.Url)).Parameters["error"]);
        var denied = await alice.AuthorizeAsync(new AuthorizationRequest(scope: "openid email"), decision: "deny");
        Assert.Equal("access_denied", denied["error"]);
    }

    [Theory, OnEachDatabase]
    public async Task Prompt_login_and_max_age_0_ask_for_the_password_again(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        foreach (var (name, value) in new[] { ("prompt", "login"), ("prompt", "select_account"), ("max_age", "0") })
        {
            var request = new AuthorizationRequest().With(name, value);
            Assert.Equal("Sign in · Authly", (await alice.VisitAsync(request.Url)).Title);
            Assert.Contains("code", (await alice.AuthorizeAsync(request)).Keys);
        }

        // A parameter without a value is one that was left out (OAuth 2.1 §3.1).
        Assert.Contains("code", (await alice.AuthorizeAsync(new AuthorizationRequest().With("max_age", ""))).Keys);
    }

    [Theory, OnEachDatabase]
    public async Task A_hint_of_somebody_else_is_never_answered_for_the_one_who_is_signed_in(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        using var bob = new Person(server, "bob");
        var request = new AuthorizationRequest("web", "openid");
        var tokens = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        await bob.AuthorizeAsync(new AuthorizationRequest("web", "openid"));
        var hinted = new AuthorizationRequest("web", "openid").With("id_token_hint", tokens["id_token"]).With("prompt", "none");
        Assert.Equal("login_required", (await bob.VisitAsync(hinted.Url)).Parameters["error"]);
        Assert.Contains("code", (await alice.VisitAsync(hinted.Url)).Parameters.Keys);
    }
}
