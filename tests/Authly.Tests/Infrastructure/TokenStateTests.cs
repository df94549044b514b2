using System.Collections.Concurrent;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>What is answered is in the database, what failed is not, and neither costs more statements than it must.</summary>
public sealed class TokenStateTests
{
    private const string Service = "service:service-secret-for-tests";

    [Fact]
    public async Task A_token_that_was_answered_is_in_the_database_whatever_happens_then()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        var database = $"{cluster.ConnectionString};Database=postgres";
        var answered = new ConcurrentQueue<string>();
        var refused = 0;
        var settings = new Dictionary<string, string> { ["Urls"] = $"http://localhost:{Network.FreePort()}" };
        await using (var server = await AuthlyServer.StartAsync(Database.Postgres, settings, database))
        {
            using var stop = new CancellationTokenSource();
            var form = new { grant_type = "client_credentials", scope = "orders.read" };
            var load = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        var answer = await server.PostAsync("/oauth/token", form, Service);
                        if (answer.Status == 200)
                            answered.Enqueue(answer["access_token"]!);
                        else
                            Interlocked.Increment(ref refused);
                    }
                    catch (HttpRequestException)
                    {
                        // The server was killed in between.
                        Interlocked.Increment(ref refused);
                    }
                }
            })).ToArray();
            await Task.Delay(700, TestContext.Current.CancellationToken);
            // First the database as a crash ends it, then the server itself in the middle of its work.
            await cluster.KillAsync();
            await cluster.StartAsync();
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            server.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }

        Assert.True(answered.Count > 50 && refused > 0, $"{answered.Count} answered, {refused} refused");
        await using var next = await AuthlyServer.StartAsync(Database.Postgres, settings, database);
        foreach (var token in answered)
        {
            var seen = await next.PostAsync("/oauth/introspect", new { token }, Service);
            Assert.Contains("\"active\":true", seen.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Of_refreshes_cut_off_by_a_kill_no_family_has_two_living_ends()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        var database = await Databases.CreatePostgresAsync();
        var families = new List<ConcurrentQueue<string>>();
        var settings = new Dictionary<string, string> { ["Urls"] = $"http://localhost:{Network.FreePort()}" };
        await using (var server = await AuthlyServer.StartAsync(Database.Postgres, settings, database))
        {
            for (var family = 0; family < 8; family++)
                families.Add(new([(await server.TokensAsync())["refresh_token"]!]));
            var chains = families.Select(tokens => Task.Run(async () =>
            {
                try
                {
                    while (await server.RefreshAsync(tokens.Last()) is { Status: 200 } answer)
                        tokens.Enqueue(answer["refresh_token"]!);
                }
                catch (HttpRequestException)
                {
                    // Cut off.
                }
            })).ToArray();
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            server.Kill();
            await Task.WhenAll(chains);
        }

        await using var next = await AuthlyServer.StartAsync(Database.Postgres, settings, database);
        foreach (var tokens in families)
        {
            Assert.True(tokens.Count > 2);
            // The last answer may have been redeemed by the request that was cut off, and then its successor was never seen: at most one
            // end lives.
            var alive = 0;
            foreach (var token in tokens)
                alive += await next.IsActiveAsync(token) ? 1 : 0;
            Assert.InRange(alive, 0, 1);
            if (alive == 1)
                Assert.True(await next.IsActiveAsync(tokens.Last()));
        }
    }

    [Fact]
    public async Task No_request_costs_more_statements_than_its_bound()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        await using var server = await AuthlyServer.StartAsync(Database.Postgres);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var tokens = await server.TokensAsync();
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, Service);

        async Task<double> StatementsAsync(Func<Task> act)
        {
            // The least of three: a health check, a count or a forgotten registration may fall into any one.
            List<double> costs = [];
            for (var time = 0; time < 3; time++)
            {
                var before = (await server.ScrapeAsync()).Sum("authly_database_queries_total");
                await act();
                costs.Add((await server.ScrapeAsync()).Sum("authly_database_queries_total") - before);
            }

            return costs.Min();
        }

        async Task RefreshAsync() => tokens = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.InRange(await StatementsAsync(() => RefreshAsync()), 1, 4);
        Assert.InRange(await StatementsAsync(async () =>
        {
            var request = new AuthorizationRequest();
            await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        }), 1, 6);
        Assert.InRange(await StatementsAsync(() => server.GetAsync("/.well-known/openid-configuration")), 0, 0);
        Assert.InRange(await StatementsAsync(() => server.GetAsync("/.well-known/jwks.json")), 0, 0);
        Assert.InRange(await StatementsAsync(() => server.UserInfoAsync("eyJhbGciOiJub25lIn0.e30.")), 0, 0);
        var form = new { grant_type = "client_credentials", scope = "orders.read" };
        Assert.InRange(await StatementsAsync(() => Task.WhenAll(
            Enumerable.Range(0, 320).Select(_ => server.PostAsync("/oauth/token", form, Service)))), 1, 320);
    }
}
