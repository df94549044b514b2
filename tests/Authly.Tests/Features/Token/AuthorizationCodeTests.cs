using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

public sealed class AuthorizationCodeTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_code_ends_with_the_session_that_it_was_given_in(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        var code = (await alice.AuthorizeAsync(request))["code"];
        await (await alice.VisitAsync("/account/logout")).SubmitAsync();
        Assert.Equal("invalid_grant", (await server.RedeemAsync(code, request.Verifier)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task A_code_is_redeemed_for_tokens_as_the_specifications_describe_them(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        Assert.Equal(200, tokens.Status);
        Assert.Equal("no-store", tokens.Message.Headers.CacheControl!.ToString());
        Assert.Equal("Bearer", tokens["token_type"]);

        var access = Jwt.Payload(tokens["access_token"]!);
        Assert.Equal("at+jwt", Jwt.Header(tokens["access_token"]!).GetProperty("typ").GetString());
        Assert.Equal("ES256", Jwt.Header(tokens["access_token"]!).GetProperty("alg").GetString());
        Assert.Equal(server.Issuer, access.GetProperty("iss").GetString());
        Assert.Equal(server.Issuer, access.GetProperty("aud").GetString());
        Assert.Equal("web", access.GetProperty("client_id").GetString());
        foreach (var claim in new[] { "jti", "sub", "exp", "iat", "auth_time", "acr", "scope" })
            Assert.True(access.TryGetProperty(claim, out _), claim);

        var id = Jwt.Payload(tokens["id_token"]!);
        Assert.Equal("RS256", Jwt.Header(tokens["id_token"]!).GetProperty("alg").GetString());
        Assert.Equal(server.Issuer, id.GetProperty("iss").GetString());
        Assert.Equal("nonce-1", id.GetProperty("nonce").GetString());
        Assert.Equal("pwd", id.GetProperty("amr")[0].GetString());
        foreach (var claim in new[] { "sid", "at_hash", "acr", "auth_time" })
            Assert.True(id.TryGetProperty(claim, out _), claim);
        Assert.False(id.TryGetProperty("email", out _));
    }

    [Theory, OnEachDatabase]
    public async Task A_client_that_registered_ES256_gets_its_id_token_so(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync("spa", "openid");
        var form = new
        {
            grant_type = "authorization_code",
            code,
            code_verifier = verifier,
            redirect_uri = Person.Callback.ToString(),
            client_id = "spa",
        };
        var tokens = await server.PostAsync("/oauth/token", form);
        Assert.Equal("ES256", Jwt.Header(tokens["id_token"]!).GetProperty("alg").GetString());
        Assert.Null(tokens["refresh_token"]);
    }

    [Theory, OnEachDatabase]
    public async Task A_replayed_code_is_refused_and_its_tokens_are_revoked(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync();
        var tokens = await server.RedeemAsync(code, verifier);
        Assert.True(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RedeemAsync(code, verifier)).Error);
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.Equal(401, (await server.UserInfoAsync(tokens["access_token"])).Status);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task Of_12_parallel_redemptions_of_a_code_one_succeeds_and_no_child_survives(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.RedeemAsync(code, verifier)));
        var winner = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(
            answers.Where(answer => answer != winner), answer => Assert.Equal((400, "invalid_grant"), (answer.Status, answer.Error)));
        Assert.False(await server.IsActiveAsync(winner["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(winner["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task A_code_is_bound_to_its_client_redirect_uri_and_verifier(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync();
        async Task<string?> ErrorAsync(string redirectUri, string? codeVerifier, string basic)
        {
            var form = new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = redirectUri,
            };
            if (codeVerifier is not null)
                form["code_verifier"] = codeVerifier;
            return (await server.PostAsync("/oauth/token", form, basic)).Error;
        }

        var callback = Person.Callback.ToString();
        Assert.Equal("invalid_grant", await ErrorAsync(callback, verifier, "other:other-secret-for-tests"));
        Assert.Equal("invalid_grant", await ErrorAsync(callback + "/", verifier, Flows.Web));
        Assert.Equal("invalid_grant", await ErrorAsync(callback, new string('x', 43), Flows.Web));
        Assert.Equal("invalid_request", await ErrorAsync(callback, codeVerifier: null, Flows.Web));
        Assert.Equal(200, (await server.RedeemAsync(code, verifier)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_verifier_for_a_code_without_a_challenge_is_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("exempt", "openid").With("code_challenge", null).With("code_challenge_method", null);
        var code = (await alice.AuthorizeAsync(request))["code"];
        Assert.Equal("invalid_request", (await server.RedeemAsync(code, new string('x', 43), "exempt:exempt-secret-for-tests")).Error);
    }

    [Theory, OnEachDatabase]
    public async Task An_expired_code_is_refused(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Authly__Lifetimes__AuthorizationCode"] = "00:00:01",
        });
        var (code, verifier) = await server.CodeAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        Assert.Equal("invalid_grant", (await server.RedeemAsync(code, verifier)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task A_token_of_another_kind_is_no_code(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        foreach (var token in new[] { "access_token", "id_token", "refresh_token" })
            Assert.Equal("invalid_grant", (await server.RedeemAsync(tokens[token]!, new string('x', 43))).Error);
    }
}
