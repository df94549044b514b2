using System.Collections.Concurrent;
using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Keys that follow one another by themselves, in seconds instead of months.</summary>
public sealed class KeyRotationTests
{
    private const string Service = "service:service-secret-for-tests";

    private static readonly (string, string)[] Fast =
    [
        ("Authly__Keys__Active", "00:00:03"), ("Authly__Keys__Announced", "00:00:02"), ("Authly__Keys__ClockSkew", "00:00:00"),
        ("Authly__Lifetimes__AccessToken", "00:00:02"), ("Authly__Lifetimes__IdToken", "00:00:02"),
    ];

    [Theory, OnEachDatabase]
    public async Task A_key_is_announced_before_it_signs_and_published_until_its_last_token_has_expired(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, Fast);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var (firstPublished, lastPublished) = (new Dictionary<string, DateTime>(), new Dictionary<string, DateTime>());
        var (firstSigned, lastExpiry) = (new Dictionary<string, DateTime>(), new Dictionary<string, DateTime>());
        var lastToken = new Dictionary<string, string>();
        var began = DateTime.UtcNow;
        string[] Signers(string algorithm) => [.. firstSigned.Keys.Where(key => key.StartsWith(algorithm, StringComparison.Ordinal))];

        while (Signers("ES256").Length < 3 || Signers("RS256").Length < 3)
        {
            Assert.True(DateTime.UtcNow - began < TimeSpan.FromSeconds(30), "The keys do not follow one another.");
            tokens = await server.RefreshAsync(tokens["refresh_token"]!);
            Assert.Equal(200, tokens.Status);
            foreach (var token in new[] { tokens["access_token"]!, tokens["id_token"]! })
            {
                var key = $"{Jwt.Header(token).GetProperty("alg")} {Keys.KeyIdOf(token)}";
                firstSigned.TryAdd(key, DateTime.UtcNow);
                lastExpiry[key] = DateTimeOffset.FromUnixTimeSeconds(Jwt.Payload(token).GetProperty("exp").GetInt64()).UtcDateTime;
                lastToken[key] = token;
            }

            foreach (var key in (await server.GetAsync("/.well-known/jwks.json")).Json.GetProperty("keys").EnumerateArray().Select(key => $"{key.GetProperty("alg")} {key.GetProperty("kid")}"))
            {
                firstPublished.TryAdd(key, DateTime.UtcNow);
                lastPublished[key] = DateTime.UtcNow;
            }

            // The last token of a key that signs no more is good until it expires.
            foreach (var (key, token) in lastToken.Where(pair => pair.Key.StartsWith("ES256", StringComparison.Ordinal)))
            {
                if (lastExpiry[key] - DateTime.UtcNow > TimeSpan.FromSeconds(0.7))
                    Assert.Equal((200, true), ((await server.UserInfoAsync(token)).Status, await server.IsActiveAsync(token)));
            }
        }

        // The third of each is the first whose announcement was seen from its beginning.
        foreach (var third in new[] { Signers("ES256")[2], Signers("RS256")[2] })
            Assert.True(firstSigned[third] - firstPublished[third] >= TimeSpan.FromSeconds(1.7), $"It signs {firstSigned[third] - firstPublished[third]} after it was announced.");
        foreach (var first in new[] { Signers("ES256")[0], Signers("RS256")[0] })
        {
            Assert.True(lastPublished[first] >= lastExpiry[first] - TimeSpan.FromSeconds(1), "It left before its last token had expired.");
            await server.WaitForKeysAsync(keys => !keys.Contains(first.Split(' ')[1]), TimeSpan.FromSeconds(5));
        }
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Rotation_under_load_on_two_instances_fails_no_request()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, ("Authly__Keys__Active", "00:00:04"), ("Authly__Keys__Announced", "00:00:04"), ("Authly__Issuer", "http://localhost:5998"));
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var (kids, failures, requests) = (new ConcurrentDictionary<string, bool>(), new ConcurrentQueue<string>(), 0);
        var started = Stopwatch.GetTimestamp();

        // What one has signed the other must accept at once.
        async Task LoadAsync(AuthlyServer signs, AuthlyServer verifies)
        {
            while (kids.Count < 3 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
            {
                var answer = await signs.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, Service);
                if (answer["access_token"] is { } token && await verifies.IsActiveAsync(token, Service))
                    kids[Keys.KeyIdOf(token)] = true;
                else
                    failures.Enqueue($"{answer.Status} {answer.Error}");
                Interlocked.Increment(ref requests);
            }
        }

        await Task.WhenAll(LoadAsync(one, other), LoadAsync(other, one), LoadAsync(one, other), LoadAsync(other, one));
        Assert.Empty(failures);
        Assert.True(requests > 50 && kids.Count >= 3, $"{requests} requests, {kids.Count} keys");
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Two_instances_hear_of_a_new_key_at_once()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres);
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var before = await one.KeyIdsAsync();
        Assert.Equal((0, ""), ((await shared.RunAsync("keys", "rotate")) is var run ? run.ExitCode : -1, run.Error));
        foreach (var server in new[] { one, other })
            await server.WaitForKeysAsync(keys => keys.Count == 4, TimeSpan.FromSeconds(3));
        Assert.Equal(await one.KeyIdsAsync(), await other.KeyIdsAsync());
        // Announced, not yet in use.
        var token = (await other.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, Service))["access_token"]!;
        Assert.Contains(Keys.KeyIdOf(token), before);
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task A_lost_notification_is_caught_by_the_poll_and_the_listener_comes_back()
    {
        // Polls once in two seconds.
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, ("Authly__Keys__Announced", "00:00:16"));
        await using var server = await shared.StartAsync();
        var before = await server.KeyIdsAsync();
        await using var mine = new Npgsql.NpgsqlConnection(shared.ConnectionString);
        await mine.OpenAsync(TestContext.Current.CancellationToken);
        async Task<object?> AskAsync(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, mine);
            return await command.ExecuteScalarAsync();
        }

        const string Listeners = "from pg_stat_activity where datname = current_database() and query in ('listen authly_changes', 'select 1')";
        Assert.Equal(1L, await AskAsync($"select count(pg_terminate_backend(pid)) {Listeners}"));
        await AskAsync("alter table signing_keys disable trigger notify_changes; delete from signing_keys");
        await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Intersect(before).Any(), TimeSpan.FromSeconds(6));
        for (var attempt = 0; attempt < 50 && !Equals(1L, await AskAsync($"select count(*) {Listeners}")); attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(1L, await AskAsync($"select count(*) {Listeners}"));
    }

    [Theory, OnEachDatabase]
    public async Task Rows_that_cannot_be_read_do_not_take_a_running_server_down(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Keys__Announced", "00:00:04"));
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var before = await server.KeyIdsAsync();
        await shared.ExecuteAsync("""update signing_keys set "ProtectedKey" = 'Z2FyYmFnZQ==' where "Algorithm" = 'ES256'""");
        foreach (var (id, algorithm) in new[] { (1, "ES256"), (2, "made-up") })
        {
            await shared.ExecuteAsync($"""
                insert into signing_keys ("Id", "KeyId", "Algorithm", "ProtectedKey", "CreatedAt", "SignsFrom", "SignsUntil", "Retention")
                select '0199C000-0000-7000-8000-00000000000{id}', 'broken-{id}', '{algorithm}', 'not even base64', "CreatedAt", "CreatedAt", "SignsUntil", "Retention" from signing_keys where "Algorithm" = 'RS256' limit 1
                """);
        }

        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(before, await server.KeyIdsAsync());
        Assert.Equal(200, (await server.UserInfoAsync(tokens["access_token"])).Status);
        tokens = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal((200, 200), (tokens.Status, (await server.UserInfoAsync(tokens["access_token"])).Status));
        Assert.Equal(3, server.Output.Split("cannot be read and is left out").Length - 1);
        Assert.DoesNotContain("not even base64", server.Output, StringComparison.Ordinal);

        // The way out: here while it runs, and for a server that could not start any more.
        var run = await shared.RunAsync("keys", "rotate", "--now");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Intersect(before).Any(), TimeSpan.FromSeconds(4));
        tokens = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal((200, 200), (tokens.Status, (await server.UserInfoAsync(tokens["access_token"])).Status));
        // Nothing at all is made good, too.
        await shared.ExecuteAsync("delete from signing_keys");
        await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Contains(Keys.KeyIdOf(tokens["access_token"]!)), TimeSpan.FromSeconds(4));
        Assert.Equal(200, (await server.RefreshAsync(tokens["refresh_token"]!)).Status);
    }
}
