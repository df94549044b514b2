using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Faults;

/// <summary>A probe costs next to nothing and takes nothing with it, whoever sends it and however often.</summary>
public sealed class HealthTests
{
    private const string Service = "service:service-secret-for-tests";

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task Probes_that_hang_up_take_no_connection_with_them()
    {
        var connection = new NpgsqlConnectionStringBuilder(await Databases.CreatePostgresAsync()) { MaxPoolSize = 10 };
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, connectionString: connection.ConnectionString);
        var endpoint = new IPEndPoint(IPAddress.Loopback, new Uri(server.Issuer).Port);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(async () =>
        {
            for (var probe = 0; probe < 400; probe++)
                await HangUpAsync(endpoint);
        })));

        // What was under way may end first.
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, Service)));
        Assert.Equal([200], answers.Select(answer => answer.Status).Distinct());
    }

    [Theory, OnEachDatabase]
    public async Task In_Production_health_is_answered_on_the_port_of_metrics_and_nowhere_else(Database database)
    {
        var production = new Production();
        using var shared = await SharedDatabase.CreateAsync(database, production.Settings);
        await using var server = await shared.StartAsync();
        foreach (var path in new[] { "/health", "/health/ready", "/health/live" })
        {
            Assert.Equal((path, 200), (path, (await server.GetAsync($"http://localhost:{production.MetricsPort}{path}")).Status));
            Assert.Equal((path, 404), (path, (await server.GetAsync(path)).Status));
        }
    }

    [Theory, OnEachDatabase]
    public async Task However_many_ask_for_health_the_database_is_asked_once_a_second(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        var before = await server.ScrapeAsync();
        for (var burst = 0; burst < 10; burst++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/health/ready")));
            Assert.All(answers, answer => Assert.Equal(200, answer.Status));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var after = await server.ScrapeAsync();
        // The program's own work goes on meanwhile, and is a few statements.
        foreach (var name in new[] { "authly_database_queries_total", "db_client_operation_duration_seconds_count" })
            Assert.InRange(after.Sum(name) - before.Sum(name), 0, 12);
    }

    private static async Task HangUpAsync(EndPoint endpoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.LingerState = new LingerOption(true, 0);
        await socket.ConnectAsync(endpoint);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await Task.Delay(RandomNumberGenerator.GetInt32(7));
    }
}
