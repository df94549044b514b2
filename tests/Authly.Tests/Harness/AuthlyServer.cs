using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Authly.Tests.Harness;

/// <summary>
/// The real program, in a process of its own, over a real database. Meters are global to a process: only so does a test count
/// what its own requests did.
/// </summary>
public sealed class AuthlyServer : IAsyncDisposable
{
    public static readonly string Repository = ProgramFile.FindRepository();

    private static readonly string[] ListenNames =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "Kestrel__Endpoints__Main__Url"];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly string _folder;
    private readonly Uri _ready;
    private bool _disposed;

    private AuthlyServer(Process process, string issuer, string folder, int metricsPort, bool outputIsRead)
    {
        _process = process;
        _folder = folder;
        Issuer = issuer;
        // Health may be answered on the port of metrics only.
        _ready = new Uri(new Uri(metricsPort > 0 ? $"http://localhost:{metricsPort}" : issuer), "/health/ready");
        Http = NewClient();
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        if (outputIsRead)
            process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Issuer { get; }

    /// <summary>A client that follows no redirect and keeps no cookie.</summary>
    public HttpClient Http { get; }

    public string Output => string.Join('\n', _output);

    public static async Task<AuthlyServer> StartAsync(
        Database database, IReadOnlyDictionary<string, string>? settings = null, string? connectionString = null)
    {
        connectionString ??= database == Database.Postgres ? await Databases.CreatePostgresAsync() : null;
        var server = Launch(new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            ["ASPNETCORE_ENVIRONMENT"] = settings?.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? "Development",
            ["ConnectionStrings__Authly"] = connectionString ?? "",
            ["Authly__Seed__File"] = settings?.GetValueOrDefault("Authly__Seed__File") ?? SeedFile,
        });
        await server.WaitUntilReadyAsync();
        return server;
    }

    public static string SeedFile => Path.Combine(Repository, "tests", "Authly.Tests", "Harness", "seed.json");

    /// <summary>Starts the program and does not wait: for tests of starts that fail. Its output is a pipe.</summary>
    public static AuthlyServer Launch(IReadOnlyDictionary<string, string> settings, bool outputIsRead = true)
    {
        var urls = settings.GetValueOrDefault("Urls") ?? $"http://localhost:{Network.FreePort()}";
        var issuer = settings.GetValueOrDefault("Authly__Issuer") is { } given && given.StartsWith(urls + '/') ? given : urls;
        var folder = Path.Combine(Path.GetTempPath(), $"authly-test-{Guid.NewGuid():N}");
        var start = new ProcessStartInfo(ProgramFile.Command[0], ProgramFile.Command.Skip(1))
        {
            WorkingDirectory = settings.GetValueOrDefault("PWD") ?? Path.Combine(Repository, "src", "Authly"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Urls"] = urls;
        start.Environment["Authly__DataFolder"] = folder;
        // Cheap hashes: what is tested is what happens with them.
        start.Environment["Authly__Passwords__MemoryKiB"] = "64";
        start.Environment["Authly__Passwords__Passes"] = "1";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        // Where a test gives addresses in another way, it names in "Urls" what they come to.
        if (settings.Any(setting => ListenNames.Contains(setting.Key) && setting.Value.Length > 0))
            start.Environment.Remove("Urls");
        _ = int.TryParse(settings.GetValueOrDefault("Authly__Metrics__Port"), CultureInfo.InvariantCulture, out var metricsPort);
        return new AuthlyServer(Process.Start(start)!, issuer, folder, metricsPort, outputIsRead);
    }

    public HttpClient NewClient() =>
        new(Network.NewHandler()) { BaseAddress = new Uri($"{Issuer}/") };

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill();

    /// <summary>Asks it to stop, as an orchestrator does, and waits until it has.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        return await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Http.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    public async Task WaitUntilReadyAsync()
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            if (_process.HasExited)
                break;
            try
            {
                using var answer = await Http.GetAsync(_ready);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"Authly did not become ready:\n{Output}");
    }
}
