using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS B: how answers reach applications through browsers that check where forms lead.</summary>
public sealed class FrontChannelTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task No_page_cuts_a_popup_off_from_the_application_that_opened_it(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { new AuthorizationRequest().Url, "/account/login", "/oidc/logout", "/error", "/account/interrupted" })
            Assert.False((await server.GetAsync(path)).Message.Headers.Contains("Cross-Origin-Opener-Policy"), path);
    }

    [Theory, OnEachDatabase]
    public async Task The_answer_to_a_form_goes_on_by_a_page_of_ours_and_no_form_may_lead_elsewhere(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest("post", "openid").Url);
        var last = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Equal(HttpStatusCode.OK, last.Status);
        Assert.Contains("http-equiv=\"refresh\"", last.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", last.Html, StringComparison.Ordinal);
        Assert.Contains("Continue", last.Text, StringComparison.Ordinal);
        foreach (var page in new[] { login, last })
            Assert.Contains("form-action 'self'", page.Policy, StringComparison.Ordinal);
        // Signed in already there is no form before it: a plain redirect, as a frame needs it.
        var direct = await alice.VisitAsync(new AuthorizationRequest("post", "openid").With("prompt", "none").Url);
        Assert.Equal(HttpStatusCode.Found, direct.Status);
        Assert.Contains("code", direct.Parameters.Keys);
    }

    [Theory, OnEachDatabase]
    public async Task A_sign_out_that_was_confirmed_goes_on_by_a_page_too(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        const string Back = "http://localhost:5999/signed-out";
        var page = await alice.VisitAsync($"/oidc/logout?client_id=web&state=s&post_logout_redirect_uri={Uri.EscapeDataString(Back)}");
        var done = await page.SubmitAsync();
        Assert.Equal((HttpStatusCode.OK, Back + "?state=s"), (done.Status, done.Location?.ToString()));
    }

    [Theory, OnEachDatabase]
    public async Task A_native_application_is_opened_by_a_person_and_not_by_a_redirect(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var uri in new[] { "com.acme.desk:/callback", "acme://done" })
        {
            using var alice = new Person(server);
            var request = new AuthorizationRequest("native", "openid").With("redirect_uri", uri);
            var login = await alice.VisitAsync(request.Url);
            var first = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
            foreach (var page in new[] { first, await alice.VisitAsync(request.Url) })
            {
                Assert.Equal((HttpStatusCode.OK, null), (page.Status, page.Location));
                Assert.Contains("Acme Desk", page.Text, StringComparison.Ordinal);
                Assert.Contains($"href=\"{uri}?code=", page.Html, StringComparison.Ordinal);
                Assert.DoesNotContain("refresh", page.Html, StringComparison.Ordinal);
            }
        }
    }

    [Theory, OnEachDatabase]
    public async Task Form_post_says_where_it_comes_from_and_an_error_by_it_is_a_200(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("post", "openid").With("response_mode", "form_post").With("prompt", "none");
        using var refused = await server.Http.GetAsync(new Uri(request.Url, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        Assert.Equal("origin", refused.Headers.GetValues("Referrer-Policy").Single());
        // What the application does with what was posted to it is its own.
        Assert.DoesNotContain("form-action", refused.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("login_required", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        var other = await server.GetAsync("/account/login");
        Assert.Equal("no-referrer", other.Message.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory, OnEachDatabase]
    public async Task A_client_without_PKCE_and_nonce_is_told_both_ways_out_and_its_own_switch_lets_it_in(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        static AuthorizationRequest Bare(string client) => new AuthorizationRequest(client, "openid")
            .With("code_challenge", null).With("code_challenge_method", null).With("nonce", null);
        foreach (var client in new[] { "web", "exempt" })
        {
            var told = (await alice.VisitAsync(Bare(client).Url)).Parameters;
            Assert.Equal("invalid_request", told["error"]);
            Assert.Contains("code_challenge", told["error_description"], StringComparison.Ordinal);
            Assert.Contains("nonce", told["error_description"], StringComparison.Ordinal);
        }

        var code = (await alice.AuthorizeAsync(Bare("unbound")))["code"];
        var form = new { grant_type = "authorization_code", code, redirect_uri = Person.Callback.ToString() };
        Assert.Equal(200, (await server.PostAsync("/oauth/token", form, "unbound:unbound-secret-for-tests")).Status);
        Assert.Contains("unbound sends neither a code_challenge (PKCE) nor a nonce", server.Output, StringComparison.Ordinal);
    }
}
