using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Limits that instances share through Redis, and what its absence costs.</summary>
public sealed class SharedRateLimitTests
{
    private const int Quota = 200;

    private static readonly object ClientCredentials = new { grant_type = "client_credentials" };

    [Theory, OnEachDatabase]
    public async Task Two_instances_share_a_limit_through_Redis_to_within_5_percent(Database database)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = await RedisServer.StartNewAsync();
        using var shared = await CreateAsync(database, redis);
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var answers = new List<int>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            for (var request = 0; request < 50; request++)
            {
                var status = await AskAsync(worker % 2 == 0 ? one : other);
                lock (answers)
                    answers.Add(status);
            }
        }));
        Assert.Equal(400, answers.Count(status => status is 200 or 429));
        Assert.InRange(answers.Count(status => status == 200), Quota * 0.95, Quota * 1.05);
        var (first, second) = (await HitsAsync(one, "redis"), await HitsAsync(other, "redis"));
        Assert.Equal(answers.Count(status => status == 429), first + second);
        Assert.True(first > 0 && second > 0);
        Assert.Equal(0, await HitsAsync(one, "memory") + await HitsAsync(other, "memory"));
    }

    [Theory, OnEachDatabase]
    public async Task Without_Redis_no_request_fails_and_each_instance_counts_for_itself(Database database)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = await RedisServer.StartNewAsync();
        using var shared = await CreateAsync(database, redis);
        await using var server = await shared.StartAsync();
        Assert.Equal(Quota, await GrantedAsync(server));
        Assert.True(await HitsAsync(server, "redis") > 0);

        // Flushed: everybody has a new budget, and the script is gone.
        await redis.CommandAsync("FLUSHALL");
        await redis.CommandAsync("SCRIPT FLUSH");
        Assert.Equal(Quota, await GrantedAsync(server));
        Assert.Equal(0, await HitsAsync(server, "memory"));

        await redis.KillAsync();
        Assert.Equal(Quota, await GrantedAsync(server));
        Assert.True(await HitsAsync(server, "memory") > 0);

        await redis.StartAsync();
        await WaitForAsync(async () => await AskAsync(server) == 200);
    }

    [Theory, OnEachDatabase]
    public async Task A_Redis_that_hangs_costs_one_request_a_moment_and_not_every_request(Database database)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = await RedisServer.StartNewAsync();
        using var shared = await CreateAsync(database, redis, timeout: "00:00:00.050");
        await using var server = await shared.StartAsync();
        for (var warm = 0; warm < 20; warm++)
            Assert.Equal(200, await AskAsync(server));
        await redis.CommandAsync("CLIENT PAUSE 30000 ALL");
        var slow = 0;
        for (var request = 0; request < 100; request++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(200, await AskAsync(server));
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMilliseconds(50))
                slow++;
        }

        // One waits 50 ms, and another each five seconds; a busy machine makes some slow by itself. Without the breaker all would be.
        Assert.InRange(slow, 1, 50);
    }

    /// <summary>How many of more than the quota get through; nothing else than 200 and 429 is answered.</summary>
    private static async Task<int> GrantedAsync(AuthlyServer server)
    {
        var granted = 0;
        for (var request = 0; request < Quota + 20; request++)
        {
            var status = await AskAsync(server);
            Assert.True(status is 200 or 429, $"{status}");
            granted += status == 200 ? 1 : 0;
        }

        return granted;
    }

    private static async Task WaitForAsync(Func<Task<bool>> isSo)
    {
        for (var attempt = 0; !await isSo(); attempt++)
        {
            Assert.True(attempt < 150, "It did not come back within 15 s.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<double> HitsAsync(AuthlyServer server, string backend) =>
        (await server.ScrapeAsync()).Sum("authly_rate_limit_hits_total", ("backend", backend));

    private static async Task<int> AskAsync(AuthlyServer server) =>
        (await server.PostAsync("/oauth/token", ClientCredentials, "service:service-secret-for-tests")).Status;

    private static Task<SharedDatabase> CreateAsync(Database database, RedisServer redis, string timeout = "00:00:01") =>
        SharedDatabase.CreateAsync(database, ("Authly__RateLimits__RedisTimeout", timeout),
        ("ConnectionStrings__Redis", redis.ConnectionString), ("Authly__RateLimits__Token__PerAddress", $"{Quota}"),
        ("Authly__RateLimits__Token__Window", "01:00:00"));
}
