using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// What measuring costs: one binary, started once with metrics and once without, both warmed up, then loaded in turns (ABBA). Each pair
/// gives one difference; printed are the median and its interval, by which the noise of the machine cancels out.
/// </summary>
internal static class Overhead
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (pairs, seconds) = (arguments.Get("pairs", 12), arguments.Get("seconds", 5));
        var (warmUp, connections) = (arguments.Get("warm-up", 60), arguments.Get("connections", 16));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var with = await Server.StartAsync(postgres);
        await using var without = await Server.StartAsync(postgres, new Dictionary<string, string>
        {
            ["Authly__Metrics__Enabled"] = "false",
        });
        using (var http = new HttpClient())
            await http.GetStringAsync(with.Metrics);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var (heapWith, heapWithout) = (await with.HeapBytesAsync(), await without.HeapBytesAsync());
        Console.WriteLine($"idle: managed heap with {Mib(heapWith)}, without {Mib(heapWithout)}, more by {Mib(heapWith - heapWithout)}");

        foreach (var (name, request) in new[]
        {
            ("client_credentials", Client.ClientCredentials), ("JWKS", Client.Request("GET", "/.well-known/jwks.json")),
        })
        {
            foreach (var server in new[] { with, without })
                await Client.RunAsync(server.Port, TimeSpan.FromSeconds(warmUp), connections, request);
            List<(Round With, Round Without)> results = [];
            for (var pair = 0; pair < pairs; pair++)
            {
                Task<Round> Load(Server server) => Client.RunAsync(server.Port, TimeSpan.FromSeconds(seconds), connections, request);
                if (pair % 2 == 0)
                {
                    var first = await Load(with);
                    results.Add((first, await Load(without)));
                }
                else
                {
                    var first = await Load(without);
                    results.Add((await Load(with), first));
                }
            }

            Console.WriteLine($"{name}, {pairs} pairs of {seconds} s, {connections} connections:");
            Print("  throughput, with : without",
                [.. results.Select(pair => pair.With.PerSecond / pair.Without.PerSecond)], value => $"{value:P2}");
            Print("  p99 more by, in µs", [.. results.Select(pair => (pair.With.P99 - pair.Without.P99) * 1000)], value => $"{value:F0}");
            foreach (var (which, rounds) in new[]
            {
                ("with", results.Select(pair => pair.With)), ("without", results.Select(pair => pair.Without)),
            })
            {
                double Of(Func<Round, double> value) => Median([.. rounds.Select(value)]);
                Console.WriteLine($"  median {which} {Of(round => round.PerSecond):F0}/s, "
                    + $"p50 {Of(round => round.P50):F2} ms, p99 {Of(round => round.P99):F2} ms");
            }
        }

        Console.WriteLine("after load: "
            + $"managed heap with {Mib(await with.HeapBytesAsync())}, without {Mib(await without.HeapBytesAsync())}; "
            + $"resident with {Mib(with.ResidentBytes)}, without {Mib(without.ResidentBytes)}");
    }

    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Mib(long bytes) => $"{bytes / 1048576.0:F1} MiB";

    /// <summary>The median, and the interval between the order statistics that holds it with 95 % (the sign test's).</summary>
    public static void Print(string name, double[] values, Func<double, string> format)
    {
        var sorted = values.Order().ToArray();
        var margin = (int)Math.Floor((sorted.Length / 2.0) - (0.98 * Math.Sqrt(sorted.Length)));
        var (low, high) = (sorted[Math.Max(0, margin)], sorted[Math.Min(sorted.Length - 1, sorted.Length - 1 - margin)]);
        Console.WriteLine($"{name}: {format(Median(values))} [{format(low)} to {format(high)}]");
    }
}
