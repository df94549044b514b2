using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS B: scopes and resources as clients ask every server for them.</summary>
public sealed class ScopeToleranceTests(Servers servers)
{
    private const string Service = "service:service-secret-for-tests";

    [Theory, OnEachDatabase]
    public async Task A_scope_that_does_not_exist_or_is_not_the_clients_falls_away_and_the_answer_says_what_was_granted(Database database)
    {
        var server = await servers.SharedAsync(database);
        var asked = new { grant_type = "client_credentials", scope = "orders.read orders.write unknown openid" };
        Assert.Equal("orders.read", (await server.PostAsync("/oauth/token", asked, Service))["scope"]);
        var tokens = await server.TokensAsync(scope: "openid groups roles orders.write offline_access");
        Assert.Equal("openid offline_access", tokens["scope"]);
        var refreshed = await server.RefreshAsync(tokens["refresh_token"]!, scope: "openid groups roles orders.write offline_access");
        Assert.Equal((200, "openid offline_access"), (refreshed.Status, refreshed["scope"]));
        var none = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "unknown openid" }, Service);
        Assert.Equal((400, "invalid_scope"), (none.Status, none.Error));
    }

    [Theory, OnEachDatabase]
    public async Task Offline_access_of_a_client_without_the_refresh_grant_falls_away(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync("exempt", "openid offline_access");
        var tokens = await server.RedeemAsync(code, verifier, "exempt:exempt-secret-for-tests");
        Assert.Equal(("openid", null), (tokens["scope"], tokens["refresh_token"]));
    }

    [Theory, OnEachDatabase]
    public async Task A_resource_is_compared_as_URIs_are_and_the_token_has_it_as_it_was_registered(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var resource in new[]
        {
            "https://orders.example", "https://orders.example/", "https://orders.example:443", "HTTPS://Orders.Example/",
        })
        {
            var asked = new { grant_type = "client_credentials", scope = "orders.read", resource };
            var answer = await server.PostAsync("/oauth/token", asked, Service);
            Assert.Equal((resource, 200), (resource, answer.Status));
            Assert.Equal("https://orders.example", Jwt.Payload(answer["access_token"]!).GetProperty("aud").GetString());
        }

        foreach (var resource in new[] { "https://orders.example/x", "http://orders.example", "https://orders.example:444" })
        {
            var asked = new { grant_type = "client_credentials", scope = "orders.read", resource };
            Assert.Equal("invalid_target", (await server.PostAsync("/oauth/token", asked, Service)).Error);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_resource_without_scope_asks_for_the_clients_own_scopes_that_reach_it(Database database)
    {
        var server = await servers.SharedAsync(database);
        var asked = new { grant_type = "client_credentials", resource = "https://orders.example/" };
        Assert.Equal("orders.read", (await server.PostAsync("/oauth/token", asked, Service))["scope"]);

        using var alice = new Person(server);
        var request = new AuthorizationRequest("web").With("scope", null).With("resource", "https://orders.example/");
        var code = (await alice.AuthorizeAsync(request))["code"];
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["code_verifier"] = request.Verifier,
            ["redirect_uri"] = Person.Callback.ToString(),
            ["resource"] = "https://orders.example:443/",
        };
        var tokens = await server.PostAsync("/oauth/token", form, Flows.Web);
        Assert.Equal("orders.read", tokens["scope"]);
        Assert.Equal("https://orders.example", Jwt.Payload(tokens["access_token"]!).GetProperty("aud").GetString());
    }

    [Theory, OnEachDatabase]
    public async Task An_unknown_resource_is_refused_before_anybody_signs_in(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest().With("resource", "https://unknown.example");
        Assert.Equal("invalid_target", (await alice.VisitAsync(request.Url)).Parameters["error"]);
    }

    [Theory, OnEachDatabase]
    public async Task A_client_introspects_tokens_for_the_resources_that_it_serves_and_learns_who_is_there(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync(scope: "openid orders.read");
        var asked = new { token = tokens["access_token"]! };
        var shown = await server.PostAsync("/oauth/introspect", asked, "api:" + Uri.EscapeDataString("api+secret%20with 100%"));
        Assert.Equal(("True", "alice", "openid orders.read", "web"),
            (shown["active"], shown["username"], shown["scope"], shown["client_id"]));
        Assert.Equal(JsonValueKind.Number, shown.Json.GetProperty("auth_time").ValueKind);
        Assert.Equal("pwd", shown.Json.GetProperty("amr")[0].GetString());
        // Neither another client, nor for what is meant for another API, nor a refresh token.
        Assert.Equal("False", (await server.PostAsync("/oauth/introspect", asked, Service))["active"]);
        var own = await server.PostAsync("/oauth/introspect", asked, Flows.Web);
        Assert.Equal(("True", null), (own["active"], own["username"]));
        var plain = await server.TokensAsync(scope: "openid offline_access");
        foreach (var token in new[] { plain["access_token"]!, plain["refresh_token"]! })
        {
            var other = await server.PostAsync("/oauth/introspect", new { token }, "api:" + Uri.EscapeDataString("api+secret%20with 100%"));
            Assert.Equal("False", other["active"]);
        }
    }
}
