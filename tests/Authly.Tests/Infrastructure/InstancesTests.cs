using System.Collections.Concurrent;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Several instances on one PostgreSQL behave as one issuer.</summary>
public sealed class InstancesTests
{
    private static readonly (string, string) Issuer = ("Authly__Issuer", "http://localhost:5998");

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task What_one_instance_began_any_other_carries_on()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, Issuer);
        // On an empty database they all start at once.
        var servers = await Task.WhenAll(shared.StartAsync(), shared.StartAsync(), shared.StartAsync());
        try
        {
            var (one, two, three) = (servers[0], servers[1], servers[2]);
            Assert.Equal(await one.KeyIdsAsync(), await two.KeyIdsAsync());
            Assert.Equal(await one.KeyIdsAsync(), await three.KeyIdsAsync());

            // Signed in at one, known at another, which has the consent, too.
            using var alice = new Person(one);
            await alice.AuthorizeAsync(new AuthorizationRequest());
            var request = new AuthorizationRequest();
            var code = (await alice.VisitAsync(two.Issuer + request.Url)).Parameters["code"];
            var tokens = await three.RedeemAsync(code, request.Verifier);
            Assert.Equal(200, tokens.Status);
            Assert.Equal(200, (await one.UserInfoAsync(tokens["access_token"])).Status);
            var next = await two.RefreshAsync(tokens["refresh_token"]!);
            Assert.True(await three.IsActiveAsync(next["access_token"]!));
            Assert.Equal(200, (await one.PostAsync("/oauth/revoke", new { token = next["refresh_token"]! }, Flows.Web)).Status);
            Assert.False(await three.IsActiveAsync(next["access_token"]!));
            Assert.Equal("invalid_grant", (await three.RefreshAsync(next["refresh_token"]!)).Error);

            // Signed out at one, signed out everywhere.
            await (await alice.VisitAsync(two.Issuer + "/account/logout")).SubmitAsync();
            Assert.Equal("Sign in · Authly", (await alice.VisitAsync(one.Issuer + new AuthorizationRequest().Url)).Title);
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Of_redemptions_at_two_instances_one_wins()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, Issuer);
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            var (code, verifier) = await one.CodeAsync();
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(index => (index % 2 == 0 ? one : other).RedeemAsync(code, verifier)));
            var winner = Assert.Single(answers, answer => answer.Status == 200);
            Assert.All(
                answers.Where(answer => answer != winner), answer => Assert.Equal((400, "invalid_grant"), (answer.Status, answer.Error)));
            Assert.False(await other.IsActiveAsync(winner["access_token"]!));
        }
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Refreshes_at_two_instances_in_grace_get_the_same_successor()
    {
        using var shared = await SharedDatabase.CreateAsync(
            Database.Postgres, Issuer, ("Authly__Lifetimes__RefreshTokenGrace", "00:00:30"));
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var tokens = await one.TokensAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(index => (index % 2 == 0 ? one : other).RefreshAsync(tokens["refresh_token"]!)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(2, await shared.CountAsync("tokens where \"Type\" like '%refresh_token'"));
        Assert.Equal(200, (await other.RefreshAsync(answers[0]["refresh_token"]!)).Status);
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task A_rolling_restart_under_load_fails_no_request()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, Issuer);
        AuthlyServer?[] servers = await Task.WhenAll(shared.StartAsync(), shared.StartAsync(), shared.StartAsync());
        var (failures, refreshes) = (new ConcurrentQueue<string>(), 0);
        using var stop = new CancellationTokenSource();
        try
        {
            var families = new List<string>();
            for (var family = 0; family < 6; family++)
                families.Add((await servers[family % 3]!.TokensAsync())["refresh_token"]!);
            // As behind a proxy: each request goes to an instance that takes new ones.
            var load = families.Select((token, index) => Task.Run(async () =>
            {
                for (var turn = index; !stop.IsCancellationRequested; turn++)
                {
                    if (Volatile.Read(ref servers[turn % 3]) is not { } server)
                        continue;
                    var answer = await server.RefreshAsync(token);
                    if (answer["refresh_token"] is { } next)
                        token = next;
                    else
                        failures.Enqueue($"{answer.Status} {answer.Error}");
                    Interlocked.Increment(ref refreshes);
                }
            })).ToArray();

            for (var index = 0; index < 3; index++)
            {
                await Task.Delay(500, TestContext.Current.CancellationToken);
                var leaving = Interlocked.Exchange(ref servers[index], null)!;
                await Task.Delay(100, TestContext.Current.CancellationToken);
                Assert.Equal(0, await leaving.TerminateAsync());
                await leaving.DisposeAsync();
                servers[index] = await shared.StartAsync();
            }

            await Task.Delay(500, TestContext.Current.CancellationToken);
            await stop.CancelAsync();
            await Task.WhenAll(load);
            Assert.Empty(failures);
            Assert.True(refreshes > 100, $"{refreshes} refreshes");
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var server in servers.OfType<AuthlyServer>())
                await server.DisposeAsync();
        }
    }
}
