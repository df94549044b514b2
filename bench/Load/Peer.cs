using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Authly.Load;

/// <summary>A server under load, in a process of its own.</summary>
internal class Peer(Process process, int port, string? database = null) : IAsyncDisposable
{
    public int Port => port;

    /// <summary>The connection string of its database, where it has one.</summary>
    public string? Database => database;

    protected int ProcessId => process.Id;

    /// <summary>Bytes that the process and its workers hold in memory.</summary>
    public long ResidentBytes => Processes.Sum(id => 1024 * long.Parse(
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    /// <summary>Processor time of the process and its workers; not the database's.</summary>
    public TimeSpan ProcessorTime => Processes.Select(id => Process.GetProcessById(id).TotalProcessorTime)
        .Aggregate(TimeSpan.Zero, (sum, time) => sum + time);

    /// <summary>
    /// Transactions that its database has ended; the servers compared here send each statement as one, except for the few that belong
    /// together.
    /// </summary>
    public async Task<long> TransactionsAsync()
    {
        if (database is null)
            return 0;
        // PostgreSQL's backends tell their numbers within a second.
        await Task.Delay(1200);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private IEnumerable<int> Processes => [process.Id, .. File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    public static string Repository { get; } = FindRepository();

    /// <summary>Starts a program and waits until a URL answers.</summary>
    public static async Task<Process> StartAsync(
        string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> environment, Uri ready)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await WaitUntilReadyAsync(ready);
        return process;
    }

    /// <summary>Waits until a URL answers.</summary>
    public static async Task WaitUntilReadyAsync(Uri ready)
    {
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 6000; attempt++)
        {
            try
            {
                if ((await http.GetAsync(ready)).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(10);
        }

        throw new InvalidOperationException($"Nobody answers at {ready}.");
    }

    public virtual async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        GC.SuppressFinalize(this);
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Authly.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
