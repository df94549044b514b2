using System.Diagnostics;
using System.Globalization;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Load;

/// <summary>The server's Release build as Production runs it, over a database of its own, in a process of its own.</summary>
internal sealed class Server : IAsyncDisposable
{
    private static readonly string Repository = FindRepository();

    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("authly-bench-").FullName;
    private readonly int _metricsPort = Network.FreePort();

    private Server(PostgresCluster postgres, string database, IReadOnlyDictionary<string, string> settings)
    {
        Port = Network.FreePort();
        var seed = Path.Combine(_folder, "seed.json");
        File.WriteAllText(seed, """
            {
              "scopes": [ { "name": "orders.read", "description": "Read orders", "resources": ["https://orders.example"] } ],
              "clients": [ { "client_id": "service", "client_secret": "service-secret-for-benchmarks", "grant_types": ["client_credentials"], "scope": "orders.read" } ]
            }
            """);
        var project = Path.Combine(Repository, "src", "Authly");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(project, "bin", "Release", "net10.0", "Authly.dll")])
        {
            WorkingDirectory = project,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new Dictionary<string, string>(settings)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Urls"] = $"http://127.0.0.1:{Port}",
            ["Authly__Issuer"] = "https://login.example.com",
            ["Authly__KeyEncryption__Key"] = Convert.ToBase64String(new byte[32]),
            ["Authly__Metrics__Port"] = $"{_metricsPort}",
            ["Authly__Seed__File"] = seed,
            ["ConnectionStrings__Authly"] = $"{postgres.ConnectionString};Database={database};Maximum Pool Size=50",
            ["DOTNET_STARTUP_HOOKS"] = Path.Combine(Repository, "bench", "Probe", "bin", "Release", "net10.0", "Authly.Probe.dll"),
            ["AUTHLY_PROBE"] = HeapFile,
        })
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                Console.Error.WriteLine(line.Data);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    public Uri Metrics => new($"http://127.0.0.1:{_metricsPort}/metrics");

    private string HeapFile => Path.Combine(_folder, "heap");

    /// <summary>Bytes that the process holds in memory.</summary>
    public long ResidentBytes => 1024 * long.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<Server> StartAsync(PostgresCluster postgres, IReadOnlyDictionary<string, string>? settings = null)
    {
        var database = $"bench_{Guid.NewGuid():N}";
        await using (var connection = new NpgsqlConnection($"{postgres.ConnectionString};Database=postgres"))
        {
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand($"create database {database}", connection);
            await create.ExecuteNonQueryAsync();
        }

        var server = new Server(postgres, database, settings ?? new Dictionary<string, string>());
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 600; attempt++)
        {
            try
            {
                if ((await http.GetAsync(new Uri($"http://127.0.0.1:{server._metricsPort}/health/ready"))).IsSuccessStatusCode)
                    return server;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException("Authly did not start.");
    }

    /// <summary>Bytes on the managed heap after a full collection.</summary>
    public async Task<long> HeapBytesAsync()
    {
        File.Delete(HeapFile);
        using var signal = Process.Start("kill", ["-CONT", $"{_process.Id}"]);
        await signal.WaitForExitAsync();
        while (!File.Exists(HeapFile))
            await Task.Delay(20);
        return long.Parse(await File.ReadAllTextAsync(HeapFile), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Authly.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
