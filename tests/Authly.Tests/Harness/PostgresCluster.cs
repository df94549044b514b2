using System.Diagnostics;
using Npgsql;

namespace Authly.Tests.Harness;

/// <summary>
/// A PostgreSQL server of our own in a temporary folder, from the binaries that Debian's package <c>postgresql</c> installs.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"authly-postgres-{Guid.NewGuid():N}");
    private readonly int _port = Network.FreePort();
    private bool _isFrozen;

    private PostgresCluster()
    {
    }

    public static bool IsInstalled => BinFolder is not null;

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Timeout=5;Command Timeout=10";

    private static string? BinFolder { get; } = FindBinFolder();

    public static async Task<PostgresCluster> StartNewAsync()
    {
        var cluster = new PostgresCluster();
        Directory.CreateDirectory(cluster._folder);
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres", cluster._folder);
        await RunAsPostgresAsync("initdb", "-D", cluster.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
        await cluster.StartAsync();
        return cluster;
    }

    public Task StartAsync() => RunAsPostgresAsync("pg_ctl", "-D", Data, "-w", "-l", Path.Combine(_folder, "log"),
        "-o", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c max_connections=200", "start");

    /// <summary>Ends it as a crash would: connections break, nothing is written on the way out.</summary>
    public Task KillAsync() => RunAsPostgresAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");

    /// <summary>Stops every process of it where it stands, as on a machine that hangs: connections stay open, nothing answers.</summary>
    public async Task FreezeAsync()
    {
        // The parent first, so that no child is born meanwhile.
        _isFrozen = true;
        await RunAsync("kill", "-STOP", Parent);
        await SignalChildrenAsync("-STOP");
    }

    public async Task ThawAsync()
    {
        await SignalChildrenAsync("-CONT");
        await RunAsync("kill", "-CONT", Parent);
        _isFrozen = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            if (_isFrozen)
                await ThawAsync();
            await KillAsync();
        }

        NpgsqlConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private string Parent => File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();

    private IEnumerable<string> Children => Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder))
        .Where(name => char.IsAsciiDigit(name[0]) && ParentOf(name) == Parent);

    // Race: a child that has ended since it was listed needs no signal any more.
    private async Task SignalChildrenAsync(string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, .. Children]) { RedirectStandardError = true })!;
        await kill.StandardError.ReadToEndAsync();
        await kill.WaitForExitAsync();
    }

    private static string? ParentOf(string process)
    {
        try
        {
            // "pid (name) state parent ...", and a name may hold anything.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static Task RunAsPostgresAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(BinFolder!, program);
        // PostgreSQL refuses to run as root.
        return Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // A server that pg_ctl starts would keep redirected streams open for ever.
        var redirect = !arguments.Contains("start");
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        var output = redirect ? process.StandardOutput.ReadToEndAsync() : Task.FromResult("");
        var error = redirect ? process.StandardError.ReadToEndAsync() : Task.FromResult("");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await output}{await error}");
    }

    private static string? FindBinFolder()
    {
        var versions = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        return versions.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }
}
