using System.Diagnostics;
using System.Globalization;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Load;

/// <summary>Authly as it is published and as Production runs it, over a database of its own.</summary>
internal sealed class Server : Peer
{
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
        var (port, metrics) = (Network.FreePort(), Network.FreePort());
        var database = connectionString
            ?? $"{postgres.ConnectionString};Database={await CreateDatabaseAsync(postgres)};Maximum Pool Size=50";
        published ??= await Published.Value;
        var environment = await ServerSettings.WriteAsync(folder, port, metrics, database);
        environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(
            Repository, "bench", "Probe", "bin", "Release", "net10.0", "Authly.Probe.dll");
        environment["AUTHLY_PROBE"] = Path.Combine(folder, "heap");
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
