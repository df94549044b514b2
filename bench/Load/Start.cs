using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// From the start of the process to the first answer of discovery, beside an empty Kestrel application in turn; and what it holds in
/// memory when nobody asks.
/// </summary>
internal static class Start
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (starts, idle) = (arguments.Get("starts", 10), arguments.Get("idle", 30));
        await using var postgres = await PostgresCluster.StartNewAsync();
        string database;
        await using (var first = await Server.StartAsync(postgres))
            database = first.Database!;
        var empty = Path.GetTempFileName();
        List<(double Authly, double Kestrel)> results = [];
        for (var start = 0; start < starts; start++)
        {
            var began = Stopwatch.GetTimestamp();
            await using var authly = await Server.StartAsync(
                postgres, connectionString: database, firstAnswer: "/.well-known/openid-configuration");
            var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            began = Stopwatch.GetTimestamp();
            await using var kestrel = await Baselines.StartAsync("kestrel", ["--Documents:document", empty], "/document");
            results.Add((took, Stopwatch.GetElapsedTime(began).TotalMilliseconds));
        }

        var own = Overhead.Median([.. results.Select(result => result.Authly)]);
        var baseline = Overhead.Median([.. results.Select(result => result.Kestrel)]);
        Console.WriteLine($"cold start, median of {starts}: Authly {own:F0} ms, "
            + $"an empty Kestrel application {baseline:F0} ms, {own / baseline:F1}x");
        await using var quiet = await Server.StartAsync(postgres, connectionString: database);
        await Task.Delay(TimeSpan.FromSeconds(idle));
        Console.WriteLine($"idle for {idle} s: resident {Overhead.Mib(quiet.ResidentBytes)}");
    }
}
