using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Authorize;

public sealed class AuthorizeTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_code_comes_back_with_state_and_issuer(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var answer = await alice.AuthorizeAsync(new AuthorizationRequest());
        Assert.Equal(["code", "iss", "state"], answer.Keys.Order());
        Assert.Equal("state-1", answer["state"]);
        Assert.Equal(server.Issuer, answer["iss"]);
    }

    [Theory, OnEachDatabase]
    public async Task A_redirect_uri_that_is_not_the_registered_string_stays_on_our_page(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        foreach (var variant in new[]
        {
            "http://localhost:5999/callback/", "http://localhost:5999/Callback", "http://localhost:5998/callback", "http://localhost/callback",
            "https://localhost:5999/callback", "http://evil@localhost:5999/callback", "http://localhost:5999//callback", "http://localhost:5999/%63allback",
            "http://localhost:5999/callback#x", "http://localhost:5999/callback?x", "http://localhost:5999\\callback", "//localhost:5999/callback",
            "javascript:alert(1)", "data:text/html,x", "callback", "",
        })
        {
            var page = await alice.VisitAsync(new AuthorizationRequest().With("redirect_uri", variant).Url);
            Assert.True(page.Status == HttpStatusCode.BadRequest && page.Location is null, $"{variant}: {(int)page.Status} {page.Location}");
            Assert.Contains("invalid_request", page.Text, StringComparison.Ordinal);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_missing_redirect_uri_is_refused_also_without_openid(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        foreach (var scope in new[] { "openid", "orders.read" })
        {
            var page = await alice.VisitAsync(new AuthorizationRequest(scope: scope).With("redirect_uri", null).Url);
            Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        }
    }

    [Theory, OnEachDatabase]
    public async Task An_unknown_client_stays_on_our_page(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var page = await alice.VisitAsync(new AuthorizationRequest("nobody").Url);
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
    }

    [Theory, OnEachDatabase]
    public async Task Errors_found_after_the_redirect_uri_is_proven_go_back_with_state_and_issuer(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        foreach (var (name, value, error) in new (string, string?, string)[]
        {
            ("response_type", null, "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "code id_token", "unsupported_response_type"),
            ("response_mode", "carrier_pigeon", "invalid_request"),
            ("scope", "openid unknown", "invalid_scope"),
            ("scope", "openid orders.write", "invalid_scope"),
            ("prompt", "none login", "invalid_request"),
            ("prompt", "none", "login_required"),
            ("code_challenge", null, "invalid_request"),
            ("code_challenge", "too-short", "invalid_request"),
            ("code_challenge", new string('!', 43), "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", null, "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("max_age", "abc", "invalid_request"),
            ("max_age", "1e99", "invalid_request"),
            ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        })
        {
            var page = await alice.VisitAsync(new AuthorizationRequest().With(name, value).Url);
            Assert.True(page.Location is not null, $"{name}={value}: {(int)page.Status} {page.Text}");
            Assert.Equal((name, value, error), (name, value, page.Parameters["error"]));
            Assert.Equal("state-1", page.Parameters["state"]);
            Assert.Equal(server.Issuer, page.Parameters["iss"]);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Only_an_exempted_confidential_client_may_come_without_PKCE_and_only_with_a_nonce(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        AuthorizationRequest Without(string client) => new AuthorizationRequest(client, "openid").With("code_challenge", null).With("code_challenge_method", null);

        var code = (await alice.AuthorizeAsync(Without("exempt")))["code"];
        var tokens = await server.PostAsync("/oauth/token", new { grant_type = "authorization_code", code, redirect_uri = Person.Callback.ToString() }, "exempt:exempt-secret-for-tests");
        Assert.Equal(200, tokens.Status);
        Assert.Equal("invalid_request", (await alice.AuthorizeAsync(Without("exempt").With("nonce", null)))["error"]);
        Assert.Equal("invalid_request", (await alice.AuthorizeAsync(Without("spa")))["error"]);
    }

    [Theory, OnEachDatabase]
    public async Task Consent_is_asked_once_and_again_when_more_is_asked(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        Assert.Contains("code", (await alice.AuthorizeAsync(new AuthorizationRequest(scope: "openid"))).Keys);
        Assert.NotNull((await alice.VisitAsync(new AuthorizationRequest(scope: "openid").Url)).Location);
        Assert.Equal("Allow access · Authly", (await alice.VisitAsync(new AuthorizationRequest(scope: "openid email").Url)).Title);
        Assert.Equal("consent_required", (await alice.VisitAsync(new AuthorizationRequest(scope: "openid email").With("prompt", "none").Url)).Parameters["error"]);
        Assert.Equal("access_denied", (await alice.AuthorizeAsync(new AuthorizationRequest(scope: "openid email"), decision: "deny"))["error"]);
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
    public async Task What_a_page_brought_back_is_good_for_its_request_and_session_only(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest().With("prompt", "login").Url);
        var consent = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        // Whatever it was, it did not open another request's door, nor does an invented one.
        foreach (var stolen in new[] { consent.Url.ToString(), "invented" })
        {
            var other = new AuthorizationRequest(scope: "openid email").With("prompt", "login").With("interaction", stolen);
            Assert.Equal("Sign in · Authly", (await alice.VisitAsync(other.Url)).Title);
        }
    }

    [Theory, OnEachDatabase]
    public async Task What_was_done_in_one_browser_counts_for_nothing_in_another(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        using var bob = new Person(server, "bob");
        var login = await bob.VisitAsync(new AuthorizationRequest(scope: "openid orders.read").With("prompt", "login").Url);
        var consent = await login.SubmitAsync(("Username", "bob"), ("Password", "correct horse battery"));
        Assert.Equal("Allow access · Authly", consent.Title);
        // Alice follows a link that bob made: she has not given her password for this request.
        var lured = await (await alice.VisitAsync(consent.Url.PathAndQuery)).SubmitAsync(("decision", "allow"));
        Assert.Equal("Sign in · Authly", lured.Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_POST_is_answered_as_a_GET(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var page = await alice.PostAsync("/oauth/authorize", [.. new AuthorizationRequest().Parameters]);
        Assert.Equal("Sign in · Authly", page.Title);
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

    [Theory, OnEachDatabase]
    public async Task Markup_in_names_state_and_hints_reaches_a_page_as_text(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest("other", "openid").With("login_hint", "\"><script>alert(1)</script>").With("state", "<script>").Url);
        Assert.DoesNotContain("<script>", login.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", login.Html, StringComparison.Ordinal);
        Assert.Contains("Other <b>Web</b>", login.Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_form_without_its_antiforgery_token_is_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        foreach (var path in new[] { "/account/login", "/account/logout", "/account/consent", "/account/password", "/account?handler=Revoke", "/try" })
            Assert.Equal(HttpStatusCode.BadRequest, (await alice.PostAsync(path, ("Username", "alice"), ("Password", "x"))).Status);
        Assert.Equal("Your account · Authly", (await alice.VisitAsync("/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_resource_narrows_the_audience_and_one_out_of_reach_is_invalid_target(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        Assert.Equal("invalid_target", (await alice.AuthorizeAsync(new AuthorizationRequest().With("resource", "https://elsewhere.example")))["error"]);
        var request = new AuthorizationRequest("web", "openid orders.read").With("resource", "https://orders.example");
        var tokens = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        Assert.Equal("https://orders.example", Jwt.Payload(tokens["access_token"]!).GetProperty("aud").GetString());
    }
}
