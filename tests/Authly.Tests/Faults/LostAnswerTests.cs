using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Faults;

public sealed class LostAnswerTests
{
    [Fact]
    public async Task In_grace_a_crash_of_the_database_between_commit_and_answer_ends_no_family()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        var settings = new Dictionary<string, string> { ["Authly__Lifetimes__RefreshTokenGrace"] = "00:00:30" };
        var connection = $"{cluster.ConnectionString};Database=postgres";
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, settings, connection);
        var families = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.TokensAsync()));
        var stop = 0;
        var clients = families.Select(async tokens =>
        {
            var (token, status) = (tokens["refresh_token"]!, 200);
            // Its last token again until it is answered, and once more after all is over.
            while (Volatile.Read(ref stop) == 0 || status == 503)
            {
                var answer = await server.RefreshAsync(token);
                status = answer.Status;
                if (status is not (200 or 503))
                    return $"{status} {answer.Error}";
                token = answer["refresh_token"] ?? token;
                await Task.Delay(status == 503 ? 100 : 0);
            }

            return $"{(await server.RefreshAsync(token)).Status}";
        }).ToList();

        for (var crash = 0; crash < 2; crash++)
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            await HoldAnswersBackAsync(cluster);
            await cluster.KillAsync();
            await cluster.StartAsync();
            await server.WaitUntilReadyAsync();
        }

        Volatile.Write(ref stop, 1);
        Assert.All(await Task.WhenAll(clients), outcome => Assert.Equal("200", outcome));
    }

    /// <summary>What is committed is on the disk, and its answer waits for a standby that there is not.</summary>
    private static async Task HoldAnswersBackAsync(PostgresCluster cluster)
    {
        await using var connection = new NpgsqlConnection($"{cluster.ConnectionString};Database=postgres;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        // The last is for the next start: nobody is told of it before.
        foreach (var statement in new[]
        {
            "alter system set synchronous_standby_names = 'nobody'", "select pg_reload_conf()", "select pg_sleep(0.5)",
            "alter system reset synchronous_standby_names",
        })
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }
}
