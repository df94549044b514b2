using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Redis tells of changes where the database does not, and its absence costs nothing but time.</summary>
public sealed class RedisTests
{
    // Without the triggers nobody is notified; without Redis the next poll would be ten seconds away, and the registrations' maximum age
    // thirty.
    private const string Silence = """
        alter table applications disable trigger all; alter table scopes disable trigger all; alter table signing_keys disable trigger all
        """;

    private static readonly TimeSpan Told = TimeSpan.FromSeconds(3);

    [Theory, OnEachDatabase]
    public async Task New_keys_are_told_to_every_instance_where_the_database_notifies_nobody(Database database)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = await RedisServer.StartNewAsync();
        using var shared = await SharedDatabase.CreateAsync(database, ("ConnectionStrings__Redis", redis.ConnectionString));
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        if (database == Database.Postgres)
            await shared.ExecuteAsync(Silence);
        var before = await one.KeyIdsAsync();
        Assert.Equal(0, (await shared.RunAsync("keys", "rotate", "--now")).ExitCode);
        foreach (var server in new[] { one, other })
            await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Intersect(before).Any(), Told);
        var scrape = await other.ScrapeAsync();
        var heard = scrape.Sum("authly_change_notifications_total", ("source", "redis"));
        Assert.True(heard > 0);
        Assert.Equal(heard, scrape.Sum("authly_change_lag_seconds_count", ("source", "redis")));
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task A_changed_client_is_told_to_every_instance_where_the_database_notifies_nobody()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = await RedisServer.StartNewAsync();
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, ("ConnectionStrings__Redis", redis.ConnectionString));
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        await shared.ExecuteAsync(Silence);
        foreach (var server in new[] { one, other })
            Assert.Equal(200, await AskAsync(server));

        shared.Settings["Authly__Seed__File"] = await SeedWithoutOrdersAsync();
        await using var third = await shared.StartAsync();
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        foreach (var server in new[] { one, other, third })
            Assert.Equal(400, await AskAsync(server));
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task A_change_while_Redis_was_away_is_seen_when_it_is_back()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = await RedisServer.StartNewAsync();
        using var shared = await SharedDatabase.CreateAsync(
            Database.Postgres, ("ConnectionStrings__Redis", redis.ConnectionString), ("Authly__RegistrationsMaximumAge", "00:10:00"));
        await using var server = await shared.StartAsync();
        await shared.ExecuteAsync(Silence);
        Assert.Equal(200, await AskAsync(server));
        await redis.KillAsync();
        await shared.ExecuteAsync("""update applications set "Permissions" = '[]' where "ClientId" = 'service'""");
        Assert.Equal(200, await AskAsync(server));
        await WaitForRedisAsync(server, "degraded");
        await redis.StartAsync();
        await WaitForRedisAsync(server, "healthy");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.Equal(400, await AskAsync(server));
    }

    [Theory, OnEachDatabase]
    public async Task A_server_starts_and_serves_without_its_Redis_and_says_that_it_is_degraded(Database database)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var redis = RedisServer.Prepare();
        using var shared = await SharedDatabase.CreateAsync(database, ("ConnectionStrings__Redis", redis.ConnectionString));
        await using var server = await shared.StartAsync();
        Assert.Equal(200, await AskAsync(server));
        await WaitForRedisAsync(server, "degraded");
        Assert.Contains("redis is Degraded", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", server.Output, StringComparison.Ordinal);
        // Whoever changes something is not kept from it either.
        Assert.Equal(0, (await shared.RunAsync("keys", "rotate")).ExitCode);
        await redis.StartAsync();
        await WaitForRedisAsync(server, "healthy");
        await Task.Delay(1000, TestContext.Current.CancellationToken);

        if (database == Database.Postgres)
            await shared.ExecuteAsync(Silence);
        var before = await server.KeyIdsAsync();
        Assert.Equal(0, (await shared.RunAsync("keys", "rotate", "--now")).ExitCode);
        await server.WaitForKeysAsync(keys => !keys.Intersect(before).Any(), Told);
        Assert.DoesNotContain(RedisServer.Password, server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", server.Output, StringComparison.Ordinal);
    }

    /// <summary>An instance without its Redis stays in service: 200 whatever is said.</summary>
    private static async Task WaitForRedisAsync(AuthlyServer server, string state)
    {
        for (var attempt = 0; ; attempt++)
        {
            var ready = await server.GetAsync("/health/ready");
            Assert.Equal(200, ready.Status);
            if (ready.Json.GetProperty("checks").GetProperty("redis").GetString() == state && ready["status"] == state)
                return;
            Assert.True(attempt < 100, ready.Body);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<int> AskAsync(AuthlyServer server)
    {
        var form = new { grant_type = "client_credentials", scope = "orders.read" };
        return (await server.PostAsync("/oauth/token", form, "service:service-secret-for-tests")).Status;
    }

    private static async Task<string> SeedWithoutOrdersAsync()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, """
            { "scopes": [{ "name": "orders.read", "resources": ["https://orders.example"] }],
              "clients": [{ "client_id": "service", "client_secret": "service-secret-for-tests", "grant_types": ["client_credentials"],
                            "scope": "" }] }
            """);
        return path;
    }
}
