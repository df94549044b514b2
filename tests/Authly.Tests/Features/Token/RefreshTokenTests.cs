using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

public sealed class RefreshTokenTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_refresh_token_rotates(Database database)
    {
        var server = await servers.SharedAsync(database);
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        Assert.Equal(200, second.Status);
        Assert.NotEqual(first["refresh_token"], second["refresh_token"]);
        // The nonce was of the authorization request (OpenID Connect Core §12.2).
        Assert.False(Jwt.Payload(second["id_token"]!).TryGetProperty("nonce", out _));
        var third = await server.RefreshAsync(second["refresh_token"]!);
        Assert.True(await server.IsActiveAsync(third["access_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task A_used_refresh_token_is_refused_and_its_family_ends(Database database)
    {
        var server = await servers.SharedAsync(database);
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!)).Error);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(second["refresh_token"]!)).Error);
        Assert.False(await server.IsActiveAsync(first["access_token"]!));
        Assert.False(await server.IsActiveAsync(second["access_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task Asking_about_a_used_refresh_token_ends_nothing(Database database)
    {
        var server = await servers.SharedAsync(database);
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        Assert.False(await server.IsActiveAsync(first["refresh_token"]!));
        Assert.True(await server.IsActiveAsync(second["access_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task Of_12_parallel_refreshes_of_a_token_one_succeeds_and_no_child_survives(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.RefreshAsync(tokens["refresh_token"]!)));
        var winner = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(
            answers.Where(answer => answer != winner), answer => Assert.Equal((400, "invalid_grant"), (answer.Status, answer.Error)));
        Assert.False(await server.IsActiveAsync(winner["access_token"]!));
        Assert.False(await server.IsActiveAsync(winner["refresh_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(winner["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task Another_client_cannot_use_a_refresh_token(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!, "other:other-secret-for-tests")).Error);
        Assert.Equal(200, (await server.RefreshAsync(tokens["refresh_token"]!)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task Refreshing_ends_a_fixed_time_after_the_sign_in(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Authly__Lifetimes__RefreshTokenAbsolute"] = "00:00:10",
        });
        var tokens = await server.TokensAsync();
        var refreshed = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal(200, refreshed.Status);
        await Task.Delay(TimeSpan.FromSeconds(10.5), TestContext.Current.CancellationToken);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(refreshed["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task A_used_token_in_another_client_s_hands_ends_nothing(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync();
        var tokens = await server.RedeemAsync(code, verifier);
        var next = await server.RefreshAsync(tokens["refresh_token"]!);
        foreach (var form in new object[]
        {
            new
            {
                grant_type = "authorization_code",
                code,
                code_verifier = verifier,
                redirect_uri = Person.Callback.ToString(),
                client_id = "spa",
            },
            new { grant_type = "refresh_token", refresh_token = tokens["refresh_token"]!, client_id = "spa" },
        })
        {
            Assert.Equal("invalid_grant", (await server.PostAsync("/oauth/token", form)).Error);
        }

        Assert.True(await server.IsActiveAsync(next["access_token"]!));
        Assert.Equal(200, (await server.RefreshAsync(next["refresh_token"]!)).Status);
    }
}
