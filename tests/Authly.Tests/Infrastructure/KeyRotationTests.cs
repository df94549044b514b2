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

            var published = (await server.GetAsync("/.well-known/jwks.json")).Json.GetProperty("keys").EnumerateArray();
            foreach (var key in published.Select(key => $"{key.GetProperty("alg")} {key.GetProperty("kid")}"))
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
        {
            var announced = firstSigned[third] - firstPublished[third];
            Assert.True(announced >= TimeSpan.FromSeconds(1.7), $"It signs {announced} after it was announced.");
        }

        foreach (var first in new[] { Signers("ES256")[0], Signers("RS256")[0] })
        {
            Assert.True(lastPublished[first] >= lastExpiry[first] - TimeSpan.FromSeconds(1), "It left before its last token had expired.");
            await server.WaitForKeysAsync(keys => !keys.Contains(first.Split(' ')[1]), TimeSpan.FromSeconds(5));
        }
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Rotation_under_load_on_two_instances_fails_no_request()
    {
        using var shared = await SharedDatabase.CreateAsync(
            Database.Postgres, ("Authly__Keys__Active", "00:00:04"), ("Authly__Keys__Announced", "00:00:04"),
            ("Authly__Issuer", "http://localhost:5998"));
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var (kids, failures, requests) = (new ConcurrentDictionary<string, bool>(), new ConcurrentQueue<string>(), 0);
        var started = Stopwatch.GetTimestamp();

        // What one has signed the other must accept at once.
        async Task LoadAsync(AuthlyServer signs, AuthlyServer verifies)
        {
            while (kids.Count < 3 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
            {
                var form = new { grant_type = "client_credentials", scope = "orders.read" };
                var answer = await signs.PostAsync("/oauth/token", form, Service);
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
}
