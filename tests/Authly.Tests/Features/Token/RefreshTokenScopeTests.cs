using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>What a refresh token is good for: the scopes and the resources that were granted, and no more.</summary>
public sealed class RefreshTokenScopeTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_narrower_scope_is_granted_for_once_and_a_wider_one_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        var first = await server.TokensAsync(scope: "openid profile offline_access");
        Assert.Equal("invalid_scope", (await server.RefreshAsync(first["refresh_token"]!, scope: "openid email")).Error);
        var narrow = await server.RefreshAsync(first["refresh_token"]!, scope: "openid");
        Assert.Equal("openid", Jwt.Payload(narrow["access_token"]!).GetProperty("scope").GetString());
        var wide = await server.RefreshAsync(narrow["refresh_token"]!);
        Assert.Contains("profile", Jwt.Payload(wide["access_token"]!).GetProperty("scope").GetString(), StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_scope_that_a_client_has_lost_falls_out_of_its_codes_and_refresh_tokens(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var (code, verifier) = await server.CodeAsync();
        await shared.ExecuteAsync("""
            update applications set "Permissions" = replace("Permissions", 'scp:email', 'scp:none') where "ClientId" = 'web'
            """);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        foreach (var answer in new[] { await server.RefreshAsync(tokens["refresh_token"]!), await server.RedeemAsync(code, verifier) })
        {
            Assert.Equal("openid profile offline_access", Jwt.Payload(answer["access_token"]!).GetProperty("scope").GetString());
            Assert.DoesNotContain("email", (await server.UserInfoAsync(answer["access_token"])).Body, StringComparison.Ordinal);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Without_offline_access_there_is_no_refresh_token(Database database)
    {
        var server = await servers.SharedAsync(database);
        Assert.Null((await server.TokensAsync(scope: "openid"))["refresh_token"]);
    }

    [Theory, OnEachDatabase]
    public async Task A_resource_narrows_the_access_token_within_what_was_granted(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync(scope: "openid offline_access orders.read");
        async Task<Answer> RefreshForAsync(string resource) => await server.PostAsync(
            "/oauth/token", new { grant_type = "refresh_token", refresh_token = tokens["refresh_token"]!, resource }, Flows.Web);

        Assert.Equal("invalid_target", (await RefreshForAsync("https://evil.example")).Error);
        tokens = await RefreshForAsync("https://orders.example");
        Assert.Equal("https://orders.example", Jwt.Payload(tokens["access_token"]!).GetProperty("aud").GetString());
        // The refresh token keeps what was granted.
        tokens = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal(2, Jwt.Payload(tokens["access_token"]!).GetProperty("aud").GetArrayLength());
    }

    [Theory, OnEachDatabase]
    public async Task A_token_whose_resources_nothing_reaches_any_more_is_for_this_server_and_never_for_nobody(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync(scope: "offline_access orders.read");
        await shared.ExecuteAsync("""
            update applications set "Permissions" = replace("Permissions", 'scp:orders.read', 'scp:none') where "ClientId" = 'web'
            """);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var access = (await server.RefreshAsync(tokens["refresh_token"]!))["access_token"]!;
        Assert.Equal(server.Issuer, Jwt.Payload(access).GetProperty("aud").GetString());
        Assert.True(await server.IsActiveAsync(access));
    }
}
