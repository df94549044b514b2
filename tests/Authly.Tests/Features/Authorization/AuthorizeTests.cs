using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Authorization;

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
            "http://localhost:5999/callback/", "http://localhost:5999/Callback", "http://127.0.0.1:5999/callback",
            "http://localhost:99999/callback", "http://localhost:5999/x/../callback", "http://localhost:5999/callback\n",
            "https://localhost:5999/callback", "http://evil@localhost:5999/callback",
            "http://localhost:5999//callback", "http://localhost:5999/%63allback", "http://localhost:5999/callback#x",
            "http://localhost:5999/callback?x", "http://localhost:5999\\callback", "//localhost:5999/callback",
            "javascript:alert(1)", "data:text/html,x", "callback", "",
        })
        {
            var page = await alice.VisitAsync(new AuthorizationRequest().With("redirect_uri", variant).Url);
            Assert.True(
                page.Status == HttpStatusCode.BadRequest && page.Location is null, $"{variant}: {(int)page.Status} {page.Location}");
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
            ("scope", "unknown", "invalid_scope"),
            ("scope", "orders.write", "invalid_scope"),
            ("resource", "https://unknown.example", "invalid_target"),
            ("claims", "{not json", "invalid_request"),
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
        AuthorizationRequest Without(string client) =>
            new AuthorizationRequest(client, "openid").With("code_challenge", null).With("code_challenge_method", null);

        var code = (await alice.AuthorizeAsync(Without("exempt")))["code"];
        var form = new { grant_type = "authorization_code", code, redirect_uri = Person.Callback.ToString() };
        var tokens = await server.PostAsync("/oauth/token", form, "exempt:exempt-secret-for-tests");
        Assert.Equal(200, tokens.Status);
        Assert.Equal("invalid_request", (await alice.AuthorizeAsync(Without("exempt").With("nonce", null)))["error"]);
        Assert.Equal("invalid_request", (await alice.AuthorizeAsync(Without("spa")))["error"]);
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
    public async Task A_resource_narrows_the_audience_and_one_out_of_reach_is_invalid_target(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var elsewhere = await alice.AuthorizeAsync(new AuthorizationRequest().With("resource", "https://elsewhere.example"));
        Assert.Equal("invalid_target", elsewhere["error"]);
        var request = new AuthorizationRequest("web", "openid orders.read").With("resource", "https://orders.example");
        var tokens = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        Assert.Equal("https://orders.example", Jwt.Payload(tokens["access_token"]!).GetProperty("aud").GetString());
    }
}
