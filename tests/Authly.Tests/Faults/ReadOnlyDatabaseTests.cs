using System.Diagnostics;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Faults;

/// <summary>A database that fell back to reading only, as in a failover, is not one to serve from, and it passes.</summary>
public sealed class ReadOnlyDatabaseTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Ready_is_503_while_writes_fail()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres);
        await using var server = await shared.StartAsync();
        await TurnReadOnlyAsync(shared);
        Assert.True(await WithinAsync(async () => await TokensAsync(server, 1) == "503"), "Writes do not fail.");
        Assert.True(await WithinAsync(async () => (await server.GetAsync("/health/ready")).Status == 503),
            $"It is ready after {Most} without a write.");
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task When_writes_are_possible_again_it_recovers_by_itself()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres);
        await using var server = await shared.StartAsync();
        await TurnReadOnlyAsync(shared);
        // Fills the pool with connections that can only read.
        Assert.True(await WithinAsync(async () => await TokensAsync(server, 20) == "503"), "Writes do not fail.");
        await ExecuteAsync(shared, "alter database {0} set default_transaction_read_only = off");
        var statuses = "";
        Assert.True(await WithinAsync(async () =>
        {
            statuses = $"{await TokensAsync(server, 20)}, ready {(await server.GetAsync("/health/ready")).Status}";
            return statuses == "200, ready 200";
        }), $"After {Most}: {statuses}");
        // Not one connection of before is left.
        for (var round = 0; round < 5; round++)
            Assert.Equal("200", await TokensAsync(server, 20));
    }

    /// <summary>The statuses that so many requests at once are answered with.</summary>
    private static async Task<string> TokensAsync(AuthlyServer server, int requests)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(_ =>
            server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests")));
        return string.Join(' ', answers.Select(answer => answer.Status).Distinct().Order());
    }

    private static async Task<bool> WithinAsync(Func<Task<bool>> condition)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Most;)
        {
            if (await condition())
                return true;
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        return false;
    }

    private static async Task TurnReadOnlyAsync(SharedDatabase shared)
    {
        await ExecuteAsync(shared, "alter database {0} set default_transaction_read_only = on");
        await ExecuteAsync(shared, "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'");
    }

    private static async Task ExecuteAsync(SharedDatabase shared, string sql)
    {
        var builder = new NpgsqlConnectionStringBuilder(shared.ConnectionString) { Pooling = false };
        var statement = sql.Replace("{0}", builder.Database, StringComparison.Ordinal);
        // From another database: this one's own sessions are what changes.
        builder.Database = "postgres";
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
