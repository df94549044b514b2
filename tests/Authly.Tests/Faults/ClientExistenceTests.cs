using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>Nobody learns from an answer which client ids exist: neither from its words nor from the work that it takes.</summary>
public sealed class ClientExistenceTests : IAsyncDisposable
{
    private static readonly string[] Kinds = ["chosen", "generated", "unknown"];

    private readonly string _seed = Path.GetTempFileName();
    private SharedDatabase? _database;
    private AuthlyServer? _server;

    private AuthlyServer Server => _server!;

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task An_unknown_client_costs_as_many_statements_as_a_wrong_secret()
    {
        await StartAsync();
        const int Requests = 10;
        var fewest = Kinds.ToDictionary(kind => kind, _ => double.MaxValue);
        // Fewer than the audit log has rows for.
        for (var round = 0; round < 3; round++)
        {
            foreach (var kind in Kinds)
            {
                var before = await QueriesAsync();
                for (var request = 0; request < Requests; request++)
                    await FailAsync(kind);
                fewest[kind] = Math.Min(fewest[kind], await QueriesAsync() - before);
            }
        }

        // What the program asks on its own account is less than one statement a request.
        var statements = fewest.Select(pair => $"{pair.Key} {Math.Floor(pair.Value / Requests).ToString(CultureInfo.InvariantCulture)}");
        var expected = Math.Floor(fewest["chosen"] / Requests).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(Kinds.Select(kind => $"{kind} {expected}"), statements);
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task An_unknown_client_takes_as_long_as_a_wrong_secret()
    {
        await StartAsync();
        var times = Kinds.ToDictionary(kind => kind, _ => new List<double>());
        for (var request = 0; request < 150; request++)
        {
            foreach (var kind in Kinds)
                times[kind].Add(await FailAsync(kind));
        }

        // The first ones of all warm up.
        var medians = times.ToDictionary(pair => pair.Key, pair => pair.Value.Skip(20).Order().ElementAt(65));
        foreach (var kind in Kinds)
        {
            var ratio = medians["unknown"] / medians[kind];
            Assert.True(ratio is > 0.7 and < 1.4, $"Unknown takes {ratio:0.00} times as long as {kind}: {string.Join(", ", medians)} ms");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _database?.Dispose();
        File.Delete(_seed);
    }

    private async Task StartAsync()
    {
        var generated = "authly_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await File.WriteAllTextAsync(_seed, JsonSerializer.Serialize(new
        {
            clients = new[]
            {
                new { client_id = "chosen", client_secret = "chosen-secret-for-tests", grant_types = new[] { "client_credentials" } },
                new { client_id = "generated", client_secret = generated, grant_types = new[] { "client_credentials" } },
            },
        }));
        _database = await SharedDatabase.CreateAsync(Database.Postgres, ("Authly__Seed__File", _seed));
        _server = await _database.StartAsync();
    }

    /// <summary>A wrong secret of a known client, or any secret of one that nobody knows, and the milliseconds until the answer.</summary>
    private async Task<double> FailAsync(string kind)
    {
        var client = kind == "unknown" ? $"unknown-{Guid.NewGuid():N}" : kind;
        var started = Stopwatch.GetTimestamp();
        var answer = await Server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, $"{client}:wrong-secret");
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        return elapsed;
    }

    private async Task<double> QueriesAsync() => (await Server.ScrapeAsync()).Sum("authly_database_queries_total");
}
