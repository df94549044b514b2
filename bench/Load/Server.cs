using System.Diagnostics;
using System.Globalization;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Load;

/// <summary>Authly as it is published and as Production runs it, over a database of its own.</summary>
internal sealed class Server : Peer
{
    public const string Secret = "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    private readonly string _folder;
    private readonly int _metricsPort;

    private Server(Process process, int port, int metricsPort, string folder, string database) : base(process, port, database) =>
        (_metricsPort, _folder) = (metricsPort, folder);

    public Uri Metrics => new($"http://127.0.0.1:{_metricsPort}/metrics");

    private string HeapFile => Path.Combine(_folder, "heap");

    /// <summary>Starts it over a new database, or over the one of the connection string.</summary>
    public static async Task<Server> StartAsync(
        PostgresCluster postgres, IReadOnlyDictionary<string, string>? settings = null, string? connectionString = null,
        string? firstAnswer = null, string? published = null)
    {
        var folder = Directory.CreateTempSubdirectory("authly-bench-").FullName;
        var seed = Path.Combine(folder, "seed.json");
        await File.WriteAllTextAsync(seed, $$"""
            {
              "scopes": [ { "name": "orders.read", "description": "Read orders", "resources": ["https://orders.example"] } ],
              "clients": [
                { "client_id": "service", "client_secret": "{{Secret}}", "grant_types": ["client_credentials"], "scope": "orders.read" },
                { "client_id": "chosen", "client_secret": "a-secret-that-somebody-chose", "grant_types": ["client_credentials"],
                  "scope": "orders.read" },
                { "client_id": "web", "client_secret": "{{Secret}}", "redirect_uris": ["https://app.example/callback"],
                  "grant_types": ["authorization_code", "refresh_token"], "skip_consent": true, "id_token_signed_response_alg": "ES256" }
              ],
              "users": [ { "username": "alice", "password": "correct horse battery" } ]
            }
            """);
        var (port, metrics) = (Network.FreePort(), Network.FreePort());
        var database = connectionString
            ?? $"{postgres.ConnectionString};Database={await CreateDatabaseAsync(postgres)};Maximum Pool Size=50";
        published ??= await Published.Value;
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Urls"] = $"http://127.0.0.1:{port}",
            ["Authly__Issuer"] = "https://login.example.com",
            ["Authly__KeyEncryption__Key"] = Convert.ToBase64String(new byte[32]),
            ["Authly__Metrics__Port"] = $"{metrics}",
            ["Authly__Seed__File"] = seed,
            ["ConnectionStrings__Authly"] = database,
            // All load is from one address and one client: the limits are there and count, and let it through.
            ["Authly__RateLimits__Token__PerAddress"] = "100000000",
            ["Authly__RateLimits__Token__PerClient"] = "100000000",
            ["Authly__RateLimits__Introspection__PerAddress"] = "100000000",
            ["Authly__RateLimits__Introspection__PerClient"] = "100000000",
            ["Authly__RateLimits__Authorization__PerAddress"] = "100000000",
            ["DOTNET_STARTUP_HOOKS"] = Path.Combine(Repository, "bench", "Probe", "bin", "Release", "net10.0", "Authly.Probe.dll"),
            ["AUTHLY_PROBE"] = Path.Combine(folder, "heap"),
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            environment[name] = value;
        var ready = firstAnswer is null ? $"http://127.0.0.1:{metrics}/health/ready" : $"http://127.0.0.1:{port}{firstAnswer}";
        var process = await StartAsync(Path.Combine(published, "Authly"), [], published, environment, new Uri(ready));
        return new Server(process, port, metrics, folder, database);
    }

    public static async Task<string> CreateDatabaseAsync(PostgresCluster postgres)
    {
        var name = $"bench_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection($"{postgres.ConnectionString};Database=postgres");
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync();
        return name;
    }

    // As the Dockerfile does it.
    private static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(Repository, "src", "Authly", "bin", "published");
        using var publish = Process.Start(new ProcessStartInfo("dotnet",
        [
            "publish", Path.Combine(Repository, "src", "Authly"), "-c", "Release",
            "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "-v", "quiet", "-o", folder,
        ]))!;
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? folder : throw new InvalidOperationException("Authly could not be published.");
    }

    /// <summary>Bytes on the managed heap after a full collection.</summary>
    public async Task<long> HeapBytesAsync()
    {
        File.Delete(HeapFile);
        using var signal = Process.Start("kill", ["-CONT", $"{ProcessId}"]);
        await signal.WaitForExitAsync();
        while (!File.Exists(HeapFile))
            await Task.Delay(20);
        return long.Parse(await File.ReadAllTextAsync(HeapFile), CultureInfo.InvariantCulture);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
