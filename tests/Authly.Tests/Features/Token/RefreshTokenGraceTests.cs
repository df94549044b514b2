using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>What <c>Authly:Lifetimes:RefreshTokenGrace</c> allows, and what it does not.</summary>
public sealed class RefreshTokenGraceTests
{
    private const string Refresh = "tokens where \"Type\" like '%refresh_token'";

    private static Task<SharedDatabase> CreateAsync(Database database, string grace) =>
        SharedDatabase.CreateAsync(database, ("Authly__Lifetimes__RefreshTokenGrace", grace));

    [Theory, OnEachDatabase]
    public async Task In_grace_a_used_refresh_token_is_answered_with_the_same_successor_until_that_is_used(Database database)
    {
        using var shared = await CreateAsync(database, "00:00:30");
        await using var server = await shared.StartAsync();
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        var again = await server.RefreshAsync(first["refresh_token"]!);
        Assert.Equal(200, again.Status);
        Assert.Equal((2, 1), (await shared.CountAsync(Refresh), await shared.CountAsync($"{Refresh} and \"Status\" = 'valid'")));
        Assert.True(await server.IsActiveAsync(second["access_token"]!));
        Assert.True(await server.IsActiveAsync(again["access_token"]!));
        Assert.False(await server.IsActiveAsync(first["refresh_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!, "other:other-secret-for-tests")).Error);

        var third = await server.RefreshAsync(again["refresh_token"]!);
        Assert.Equal(200, third.Status);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!)).Error);
        Assert.False(await server.IsActiveAsync(third["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(third["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task Of_12_parallel_refreshes_in_grace_all_get_one_successor_and_the_repeated_ones_are_counted(Database database)
    {
        using var shared = await CreateAsync(database, "00:00:30");
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.RefreshAsync(tokens["refresh_token"]!)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(2, await shared.CountAsync(Refresh));
        Assert.Equal(12, answers.Select(answer => answer["access_token"]).Distinct().Count());
        var scrape = await server.ScrapeAsync();
        Assert.Equal(11, scrape.Sum("authly_security_events_total", ("event_type", "refresh_token_grace"), ("severity", "info")));
        Assert.Equal(0, scrape.Sum("authly_security_events_total", ("event_type", "refresh_token_reuse")));
        Assert.Equal(200, (await server.RefreshAsync(answers[11]["refresh_token"]!)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task After_its_grace_a_used_refresh_token_ends_its_family(Database database)
    {
        using var shared = await CreateAsync(database, "00:00:01");
        await using var server = await shared.StartAsync();
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!)).Error);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(second["refresh_token"]!)).Error);
        Assert.Equal(1, (await server.ScrapeAsync()).Sum("authly_security_events_total", ("event_type", "refresh_token_reuse")));
    }

    [Theory, OnEachDatabase]
    public async Task A_code_has_no_grace(Database database)
    {
        using var shared = await CreateAsync(database, "00:00:30");
        await using var server = await shared.StartAsync();
        var (code, verifier) = await server.CodeAsync();
        var tokens = await server.RedeemAsync(code, verifier);
        Assert.Equal("invalid_grant", (await server.RedeemAsync(code, verifier)).Error);
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task A_revoked_family_has_no_grace(Database database)
    {
        using var shared = await CreateAsync(database, "00:00:30");
        await using var server = await shared.StartAsync();
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        Assert.Equal(200, (await server.PostAsync("/oauth/revoke", new { token = second["refresh_token"]! }, Flows.Web)).Status);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task A_used_refresh_token_that_is_revoked_takes_its_family_along(Database database)
    {
        using var shared = await CreateAsync(database, "00:00:30");
        await using var server = await shared.StartAsync();
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        var revoked = await server.PostAsync("/oauth/revoke", new { token = first["refresh_token"]! }, "other:other-secret-for-tests");
        Assert.Equal(200, revoked.Status);
        Assert.True(await server.IsActiveAsync(second["access_token"]!));
        Assert.Equal(200, (await server.PostAsync("/oauth/revoke", new { token = first["refresh_token"]! }, Flows.Web)).Status);
        Assert.False(await server.IsActiveAsync(second["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!)).Error);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(second["refresh_token"]!)).Error);
    }
}
