using Authly.Tests.Harness;
using CsCheck;

namespace Authly.Tests.Features.Token;

/// <summary>A refresh token is redeemed the same by the plain way and by OpenIddict's, whatever has become of it.</summary>
public sealed class RefreshBothWaysTests
{
    private const int Requests = 400;

    [Theory, OnEachDatabase]
    public async Task A_refresh_token_is_redeemed_the_same_both_ways(Database database)
    {
        // Most of it is the sign-in's: refresh tokens end with that before they are idle.
        await using var servers = await TwoServers.StartAsync(
            database, ("Authly__Audit__Grants", "All"), ("Authly__Lifetimes__RefreshTokenAbsolute", "1.00:00:00"));
        using var pairs = await RefreshPairs.MakeAsync(servers.Plain, servers.Whole, servers.Shared);
        await servers.BeginAsync();

        await GeneratedGrant.AnyRefresh.SampleAsync(async sample =>
        {
            var tokens = pairs[sample.Client, sample.Fate];
            var (said, meant) = await servers.CompareAsync(sample.With(tokens.Plain), sample.With(tokens.Whole));
            if (said.Contains("\"refresh_token\":", StringComparison.Ordinal) && sample.Fate == "current")
            {
                await servers.CompareRowsAsync(said, meant, "refresh_token");
                pairs.Rotate(sample.Client, said, meant);
            }
            else if (said.Contains("\"invalid_grant\"", StringComparison.Ordinal))
            {
                await pairs.RenewAsync(sample.Client);
            }
        }, iter: Requests, threads: 1, print: sample => sample.ToString());

        await servers.CompareCountsAsync();
    }

    [Theory, OnEachDatabase]
    public async Task Of_parallel_refreshes_at_two_instances_one_succeeds_and_each_authentication_is_counted_once(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var tokens = await one.TokensAsync();
        var before = await CountedAsync(one, other);
        var answers = await Task.WhenAll(Enumerable.Range(0, 24)
            .Select(index => (index % 2 == 0 ? one : other).RefreshAsync(tokens["refresh_token"]!)));
        Assert.Equal(24, await CountedAsync(one, other) - before);
        var winner = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer != winner),
            answer => Assert.Equal((400, "invalid_grant"), (answer.Status, answer.Error)));
        Assert.False(await other.IsActiveAsync(winner["access_token"]!));
        Assert.Equal("invalid_grant", (await other.RefreshAsync(winner["refresh_token"]!)).Error);
    }

    private static async Task<double> CountedAsync(params AuthlyServer[] servers)
    {
        var sum = 0.0;
        foreach (var server in servers)
            sum += (await server.ScrapeAsync()).Sum("authly_oauth_client_authentications_total", ("outcome", "success"));
        return sum;
    }
}
