using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Observability;

[CollectionDefinition(nameof(Observatory))]
public sealed class Observed : ICollectionFixture<Observatory>;

/// <summary>
/// A real Prometheus that has watched a real Authly on a real PostgreSQL for a minute of traffic, an outage of the database included.
/// </summary>
public sealed class Observatory : IAsyncLifetime
{
    public const string Missing = "PostgreSQL or Prometheus is not installed: install Debian's packages postgresql and prometheus.";

    private PostgresCluster? _postgres;
    private AuthlyServer? _server;
    private PrometheusServer? _prometheus;

    public static bool IsPossible => PostgresCluster.IsInstalled && PrometheusServer.IsInstalled;

    public PrometheusServer Prometheus => _prometheus!;

    public Scrape Last { get; private set; } = new("");

    public async ValueTask InitializeAsync()
    {
        if (!IsPossible)
            return;
        _postgres = await PostgresCluster.StartNewAsync();
        _server = await AuthlyServer.StartAsync(Database.Postgres, new Dictionary<string, string>
        {
            ["Authly__Metrics__ClientId"] = "Registered",
            ["Authly__Metrics__GaugeInterval"] = "00:00:01",
            ["Authly__RateLimits__Password__PerAddress"] = "10",
            ["Authly__RateLimits__Password__Window"] = "00:00:01",
        }, $"{_postgres.ConnectionString};Database=postgres");
        _prometheus = await PrometheusServer.StartAsync(_server);
        for (var round = 0; round < 6; round++)
        {
            await _server.DriveAsync();
            await ChangeAClientAsync();
            // More than one address may.
            for (var visit = 0; visit < 12; visit++)
                await _server.GetAsync("/account/password");
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        await _postgres.KillAsync();
        for (var request = 0; request < 3; request++)
        {
            await _server.PostAsync(
                "/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, "service:service-secret-for-tests");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        await _postgres.StartAsync();
        await _server.WaitUntilReadyAsync();
        for (var round = 0; round < 3; round++)
        {
            await _server.DriveAsync();
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        Last = await _server.ScrapeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsPossible)
            return;
        await Prometheus.DisposeAsync();
        await _server!.DisposeAsync();
        await _postgres!.DisposeAsync();
    }

    /// <summary>As somebody does it who has the database: instances are notified.</summary>
    private async Task ChangeAClientAsync()
    {
        await using var connection = new NpgsqlConnection($"{_postgres!.ConnectionString};Database=postgres");
        await connection.OpenAsync();
        await using var change = new NpgsqlCommand(
            """update applications set "Settings" = "Settings" where "ClientId" = 'web'""", connection);
        await change.ExecuteNonQueryAsync();
    }
}
