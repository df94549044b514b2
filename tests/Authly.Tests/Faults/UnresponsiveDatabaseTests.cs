using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Faults;

/// <summary>A database that hangs is one that is away: everybody is told so in 5 seconds, and it may come back.</summary>
public sealed class UnresponsiveDatabaseTests
{
    private const double Most = 6;

    [Fact]
    public async Task A_database_that_stands_still_is_503_in_5_seconds_for_every_request_and_all_works_when_it_goes_on()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        var connection = Plain($"{cluster.ConnectionString};Database=postgres");
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, connectionString: connection);
        using var every = await EveryRequest.PrepareAsync(server);
        await cluster.FreezeAsync();
        // First by the connections that are there, then, where these were given up, by new ones.
        var first = await every.SendAsync();
        var second = await every.SendAsync();
        await cluster.ThawAsync();
        AssertUnavailable(first, "on connections that were there");
        AssertUnavailable(second, "once these were given up");
        await WaitUntilAllWorksAsync(server);
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task A_pool_whose_connections_all_hang_is_503_in_5_seconds_for_every_request_and_recovers()
    {
        var connection = Plain(await Databases.CreatePostgresAsync() + ";Maximum Pool Size=2");
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, connectionString: connection);
        using var every = await EveryRequest.PrepareAsync(server);
        await using (var other = new NpgsqlConnection(connection + ";Pooling=false"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
            const string Tables = "tokens, authorizations, users, sessions, consents";
            await using var stall = new NpgsqlCommand($"lock table {Tables} in access exclusive mode", other);
            await stall.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var first = every.SendAsync();
            await Task.Delay(500, TestContext.Current.CancellationToken);
            var second = every.SendAsync();
            AssertUnavailable(await first, "of those who came first");
            AssertUnavailable(await second, "of those who came when the pool was exhausted");
        }

        await WaitUntilAllWorksAsync(server);
    }

    private static void AssertUnavailable(IEnumerable<(string Name, int Status, double Seconds)> answers, string which)
    {
        var wrong = answers.Where(answer => answer.Status != 503 || answer.Seconds > Most)
            .Select(answer => FormattableString.Invariant($"{answer.Name} {answer.Status} after {answer.Seconds:0.0} s")).ToList();
        Assert.True(wrong.Count == 0, $"{which}: {string.Join(", ", wrong)}");
    }

    private static async Task WaitUntilAllWorksAsync(AuthlyServer server)
    {
        string[] wrong = [];
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                using var every = await EveryRequest.PrepareAsync(server);
                // Of authorize it is the redirect with the code.
                wrong = [.. (await every.SendAsync()).Where(answer => answer.Status is not (200 or 302)).Select(answer => $"{answer}")];
                if (wrong.Length == 0)
                    return;
            }
            catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or ArgumentException)
            {
                wrong = [exception.Message];
            }

            await Task.Delay(1000, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"What does not work again: {string.Join(", ", wrong)}");
    }

    /// <summary>Without the patience that the tests' own connection string has: what somebody gives who does not think of it.</summary>
    private static string Plain(string connection)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection);
        builder.Remove("Timeout");
        builder.Remove("Command Timeout");
        return builder.ConnectionString;
    }
}
