using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS B: the claims that people's applications need, where they read them.</summary>
public sealed class PersonClaimTests(Servers servers)
{
    private const string Reader = "reader:reader-secret-for-tests";

    [Theory, OnEachDatabase]
    public async Task A_client_that_reads_nothing_but_the_id_token_finds_the_scopes_claims_there(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await ReaderTokensAsync(server, "openid email groups staff");
        foreach (var answer in new[] { tokens, await server.RefreshAsync(tokens["refresh_token"]!, Reader) })
        {
            var id = Jwt.Payload(answer["id_token"]!);
            Assert.Equal(("alice@example.com", true, "Orders", 7), (id.GetProperty("email").GetString(),
                id.GetProperty("email_verified").GetBoolean(), id.GetProperty("department").GetString(),
                id.GetProperty("badge").GetProperty("no").GetInt32()));
            Assert.Equal(["admins", "dev"], id.GetProperty("groups").EnumerateArray().Select(group => group.GetString()!));
        }

        var email = Jwt.Payload((await ReaderTokensAsync(server, "openid email"))["id_token"]!);
        Assert.False(email.TryGetProperty("groups", out _));
    }

    [Theory, OnEachDatabase]
    public async Task Groups_and_claims_of_ones_own_are_told_by_their_scopes_and_no_other(Database database)
    {
        var server = await servers.SharedAsync(database);
        var staff = await server.UserInfoAsync((await ReaderTokensAsync(server, "openid groups staff"))["access_token"]);
        Assert.Equal(("Orders", """["admins","dev"]"""), (staff["department"], staff["groups"]));
        Assert.Null(staff["email"]);
        var plain = await server.UserInfoAsync((await ReaderTokensAsync(server, "openid"))["access_token"]);
        Assert.Equal((null, null), (plain["department"], plain["groups"]));
    }

    [Theory, OnEachDatabase]
    public async Task An_email_always_has_a_boolean_email_verified(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var bob = new Person(server, "bob");
        var request = new AuthorizationRequest("reader", "openid email");
        var code = (await bob.AuthorizeAsync(request))["code"];
        var tokens = await server.RedeemAsync(code, request.Verifier, Reader);
        Assert.Equal(JsonValueKind.False, Jwt.Payload(tokens["id_token"]!).GetProperty("email_verified").ValueKind);
        var userinfo = await server.UserInfoAsync(tokens["access_token"]);
        Assert.Equal(JsonValueKind.False, userinfo.Json.GetProperty("email_verified").ValueKind);
    }

    [Theory, OnEachDatabase]
    public async Task The_parameter_claims_asks_for_single_claims_that_the_clients_scopes_hold(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        const string Asked = """
            {"userinfo":{"email":{"essential":true},"groups":null,"x":null},"id_token":{"given_name":null,"auth_time":{"essential":true}}}
            """;
        using var alice = new Person(server);
        var request = new AuthorizationRequest("web", "openid offline_access").With("claims", Asked);
        var consent = await (await alice.VisitAsync(request.Url)).SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        // The person is asked for what the claims tell, though no scope names it.
        Assert.Contains("See your email address", consent.Text, StringComparison.Ordinal);
        var code = (await consent.SubmitAsync(("decision", "allow"))).Parameters["code"];
        var tokens = await server.RedeemAsync(code, request.Verifier);
        var refreshed = await server.RefreshAsync(tokens["refresh_token"]!);
        foreach (var answer in new[] { tokens, refreshed })
        {
            var userinfo = await server.UserInfoAsync(answer["access_token"]);
            // "groups" is in no scope of this client.
            Assert.Equal(("alice@example.com", null, null), (userinfo["email"], userinfo["groups"], userinfo["given_name"]));
            Assert.Equal("Alice", Jwt.Payload(answer["id_token"]!).GetProperty("given_name").GetString());
        }
    }

    [Theory, OnEachDatabase]
    public async Task An_essential_acr_that_no_sign_in_has_and_another_persons_sub_are_not_answered_with_a_code(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var phishing = """{"id_token":{"acr":{"essential":true,"values":["urn:phishing-resistant"]}}}""";
        var unmet = await alice.VisitAsync(new AuthorizationRequest().With("claims", phishing).Url);
        Assert.Equal("unmet_authentication_requirements", unmet.Parameters["error"]);
        var password = phishing.Replace("urn:phishing-resistant", "urn:authly:acr:password", StringComparison.Ordinal);
        Assert.Contains("code", (await alice.VisitAsync(new AuthorizationRequest().With("claims", password).Url)).Parameters.Keys);
        var other = """{"id_token":{"sub":{"value":"00000000-0000-0000-0000-000000000001"}}}""";
        var silent = await alice.VisitAsync(new AuthorizationRequest().With("claims", other).With("prompt", "none").Url);
        Assert.Equal("login_required", silent.Parameters["error"]);
    }

    [Theory, OnEachDatabase]
    public async Task No_internal_claim_is_in_a_token_or_an_introspection(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync(scope: "openid email offline_access");
        var shown = await server.PostAsync("/oauth/introspect", new { token = tokens["access_token"]! }, Flows.Web);
        foreach (var json in new[] { Jwt.Payload(tokens["access_token"]!), Jwt.Payload(tokens["id_token"]!), shown.Json })
        {
            Assert.DoesNotContain(json.EnumerateObject(), claim => claim.Name.StartsWith("oi_", StringComparison.Ordinal)
                || claim.Name.StartsWith("authly", StringComparison.Ordinal));
        }

        Assert.Equal("acr amr aud auth_time client_id exp iat iss jti scope sub", string.Join(' ',
            Jwt.Payload(tokens["access_token"]!).EnumerateObject().Select(claim => claim.Name).Order(StringComparer.Ordinal)));
    }

    private static async Task<Answer> ReaderTokensAsync(AuthlyServer server, string scope)
    {
        var (code, verifier) = await server.CodeAsync("reader", scope);
        return await server.RedeemAsync(code, verifier, Reader);
    }
}
