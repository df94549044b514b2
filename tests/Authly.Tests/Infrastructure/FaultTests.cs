using System.Collections.Concurrent;
using System.Diagnostics;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Infrastructure;

public sealed class FaultTests
{
    [Fact]
    public async Task PostgreSQL_killed_and_restarted_under_traffic_gives_503s_and_then_recovery_without_a_restart()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var server = await AuthlyServer.StartAsync(
            Database.Postgres, connectionString: $"{cluster.ConnectionString};Database=postgres");
        var answers = new ConcurrentQueue<(string Path, int Status, bool RetryAfter, string? Error)>();
        using var stop = new CancellationTokenSource();

        async Task TrafficAsync(string path, Func<Task<Answer>> request)
        {
            while (!stop.IsCancellationRequested)
            {
                var answer = await request();
                answers.Enqueue((path, answer.Status, answer.Message.Headers.RetryAfter is not null, answer.Error));
                await Task.Delay(20, CancellationToken.None);
            }
        }

        var tokens = await server.TokensAsync();
        var traffic = new List<Task>
        {
            TrafficAsync("token", () => server.PostAsync(
                "/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests")),
            TrafficAsync("userinfo", () => server.UserInfoAsync(tokens["access_token"])),
            TrafficAsync("authorize", () => server.GetAsync(new AuthorizationRequest().Url)),
        };
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/jwks.json", "/metrics", "/health/live" })
            traffic.Add(TrafficAsync(path, () => server.GetAsync(path)));

        await Task.Delay(1000, TestContext.Current.CancellationToken);
        await cluster.KillAsync();
        await Task.Delay(2000, TestContext.Current.CancellationToken);
        Assert.Equal(503, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal("temporarily_unavailable", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        await cluster.StartAsync();
        await server.WaitUntilReadyAsync();
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(traffic);

        Assert.Equal(200, (await server.UserInfoAsync(tokens["access_token"])).Status);
        // A fault spends nothing: the token that could not be refreshed still can.
        Assert.Equal(200, (await server.RefreshAsync(tokens["refresh_token"]!)).Status);
        foreach (var endpoint in answers.GroupBy(answer => answer.Path))
        {
            var statuses = endpoint.Select(answer => answer.Status).Distinct().Order().ToArray();
            // What needs no database does not notice; the way to the sign-in page needs the client, which may still be known.
            var expected = endpoint.Key.StartsWith('/') ? "200"
                : endpoint.Key == "authorize" && statuses.Length == 1 ? "302"
                : endpoint.Key == "authorize" ? "302 503"
                : "200 503";
            Assert.Equal((endpoint.Key, expected), (endpoint.Key, string.Join(' ', statuses)));
        }

        Assert.All(answers.Where(answer => answer.Status == 503), answer => Assert.True(answer.RetryAfter));
        Assert.All(
            answers.Where(answer => answer is { Status: 503, Path: not "authorize" }),
            answer => Assert.Equal("temporarily_unavailable", answer.Error));
        Assert.DoesNotContain("StackTrace", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Username=", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_stalls_gives_503s_and_what_was_answered_so_is_not_done_later()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres);
        await using var server = await shared.StartAsync();
        var tokens = new List<string>();
        for (var family = 0; family < 6; family++)
            tokens.Add((await server.TokensAsync())["refresh_token"]!);

        await using var connection = new NpgsqlConnection(shared.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var stall = new NpgsqlCommand("lock table tokens in exclusive mode", connection);
            await stall.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var answers = await Task.WhenAll(tokens.Select(async (token, index) =>
            {
                await Task.Delay(200 * index);
                return await server.RefreshAsync(token);
            }));
            Assert.All(answers, answer => Assert.Equal((503, true), (answer.Status, answer.Message.Headers.RetryAfter is not null)));
        }

        await Task.Delay(1000, TestContext.Current.CancellationToken);
        foreach (var token in tokens)
            Assert.Equal(200, (await server.RefreshAsync(token)).Status);
    }

    [Fact]
    public async Task A_flood_of_sign_ins_costs_a_bounded_share_and_is_answered_503_beyond_it()
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string>
        {
            ["Authly__Passwords__Threads"] = "1",
            ["Authly__Passwords__QueueLength"] = "2",
            ["Authly__Passwords__MemoryKiB"] = "65536",
            ["Authly__Passwords__Passes"] = "4",
        });
        var pages = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            using var person = new Person(server);
            return await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "wrong"));
        }));
        Assert.Contains(pages, page => (int)page.Status == 503);
        Assert.Contains(pages, page => (int)page.Status == 200);
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(200, (await server.GetAsync("/.well-known/jwks.json")).Status);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Without_the_database_a_signed_in_browser_gets_what_needs_none_and_an_error_page_for_the_rest()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var server = await AuthlyServer.StartAsync(
            Database.Postgres, connectionString: $"{cluster.ConnectionString};Database=postgres");
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        await cluster.KillAsync();
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/jwks.json", "/health/live", "/authly.css" })
            Assert.Equal((path, 200), (path, (int)(await alice.VisitAsync(path)).Status));
        var page = await alice.VisitAsync("/account");
        Assert.Equal(503, (int)page.Status);
        Assert.Contains("Please try again", page.Text, StringComparison.Ordinal);
    }
}
