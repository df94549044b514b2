using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// Requests whose client ids, grant types, paths, methods and usernames are random: whether any of it makes a series or stays on the heap.
/// </summary>
internal static class Hostile
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (total, connections) = (arguments.Get("requests", 1_000_000), arguments.Get("connections", 32));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var server = await Server.StartAsync(postgres, new Dictionary<string, string>
        {
            ["Authly__Metrics__ClientId"] = "Registered",
        });
        using var http = new HttpClient();

        var sent = 0;
        // A scrape is a request, too, and has its series after the first.
        await http.GetStringAsync(server.Metrics);
        // Every kind once more than enough, so that the declared series all exist and caches have their size before the first reading.
        var warm = await Client.RunAsync(server.Port, TimeSpan.FromSeconds(arguments.Get("warm-up", 60)), connections, Next);
        var before = await ReadAsync();
        sent = 0;
        List<Round> rounds = [];
        while (Volatile.Read(ref sent) < total)
        {
            rounds.Add(await Client.RunAsync(server.Port, TimeSpan.FromSeconds(30), connections, Next));
            Console.WriteLine($"{sent} requests, {rounds[^1].PerSecond:F0}/s, {rounds[^1].Failed} refused");
        }

        var after = await ReadAsync();
        Console.WriteLine($"{rounds.Sum(round => round.Answers)} requests after {warm.Answers} of warm-up: "
            + $"series {before.Series} before, {after.Series} after; heap {before.Heap / 1024} KiB before, {after.Heap / 1024} KiB after; "
            + $"{after.Overflows} overflows; {rounds.Sum(round => round.Failed)} answers were 5xx");
        foreach (var series in after.Names.Except(before.Names))
            Console.WriteLine($"  new: {series}");

        byte[] Next()
        {
            var number = Interlocked.Increment(ref sent);
            var text = Guid.NewGuid().ToString("N");
            return (number % 6) switch
            {
                0 => Client.Request("POST", "/oauth/token", $"grant_type=client_credentials&client_id={text}&client_secret=x"),
                1 => Client.Request("POST", "/oauth/token", $"grant_type={text}", $"service:{ServerSettings.Secret}"),
                2 => Client.Request("GET", $"/{text}/{number}"),
                3 => Client.Request(text[..8].ToUpperInvariant(), "/oauth/token"),
                4 => Client.Request("GET", $"/oauth/authorize?client_id={text}&response_type={text}&scope={text}&state={text}"),
                _ => Client.Request("POST", "/account/login", $"Username={text}&Password={text}"),
            };
        }

        async Task<(int Series, int Overflows, long Heap, HashSet<string> Names)> ReadAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            var lines = (await http.GetStringAsync(server.Metrics)).Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToList();
            var overflowed = lines.Count(line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
            return (lines.Count, overflowed, await server.HeapBytesAsync(), [.. lines.Select(line => line[..line.LastIndexOf(' ')])]);
        }
    }
}
