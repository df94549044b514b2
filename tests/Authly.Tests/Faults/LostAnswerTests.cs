using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

public sealed class LostAnswerTests
{
    private static readonly Dictionary<string, string> Grace = new() { ["Authly__Lifetimes__RefreshTokenGrace"] = "00:00:30" };

    [Fact]
    public async Task In_grace_a_crash_of_the_database_under_load_ends_no_family()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, Grace, $"{cluster.ConnectionString};Database=postgres");
        var families = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.TokensAsync()));
        var stop = 0;
        var clients = families.Select(async tokens =>
        {
            var token = tokens["refresh_token"]!;
            // Its last token again until it is answered, and once more after all is over.
            for (var answer = tokens; Volatile.Read(ref stop) == 0 || answer.Status == 503;)
            {
                answer = await server.RefreshAsync(token);
                if (answer.Status is not (200 or 503))
                    return $"{answer.Status} {answer.Error}";
                token = answer["refresh_token"] ?? token;
                if (answer.Status == 503)
                    await Task.Delay(100);
            }

            return $"{(await server.RefreshAsync(token)).Status}";
        }).ToList();

        for (var crash = 0; crash < 3; crash++)
        {
            await Task.Delay(700, TestContext.Current.CancellationToken);
            await cluster.KillAsync();
            await cluster.StartAsync();
            await server.WaitUntilReadyAsync();
        }

        Volatile.Write(ref stop, 1);
        Assert.All(await Task.WhenAll(clients), outcome => Assert.Equal("200", outcome));
    }

    [Fact]
    public async Task In_grace_a_refresh_that_a_database_did_after_all_can_be_sent_again()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, Grace, $"{cluster.ConnectionString};Database=postgres");
        var families = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.TokensAsync()));
        await cluster.FreezeAsync();
        var answers = await Task.WhenAll(families.Select(tokens => server.RefreshAsync(tokens["refresh_token"]!)));
        Assert.Equal([503], answers.Select(answer => answer.Status).Distinct());
        await cluster.ThawAsync();
        // What was sent before arrives now, and nobody waits for its answer any more.
        await server.WaitUntilReadyAsync();
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        foreach (var tokens in families)
            Assert.Equal(200, (await server.RefreshAsync(tokens["refresh_token"]!)).Status);
    }
}
