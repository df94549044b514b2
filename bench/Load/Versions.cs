using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// This version beside another one that was published before (<c>--other FOLDER</c>), each over a database of its own in one PostgreSQL:
/// both warmed up, then loaded in turns (ABBA). Printed are the median of the pairs' ratios and its interval.
/// </summary>
internal static class Versions
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (pairs, seconds) = (arguments.Get("pairs", 12), arguments.Get("seconds", 5));
        var (warmUp, connections) = (arguments.Get("warm-up", 60), arguments.Get("connections", 16));
        var other = arguments.Text("other") ?? throw new InvalidOperationException("Say which version to compare with: --other FOLDER.");
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var after = await Server.StartAsync(postgres);
        await using var before = await Server.StartAsync(postgres, published: other);
        var people = new Dictionary<Server, People>();
        foreach (var server in new[] { before, after })
            people[server] = await People.SignInAsync(server.Port, "/oauth/authorize", "/oauth/token", ServerSettings.Secret);

        foreach (var (name, load) in new (string, Func<Server, TimeSpan, Task<Round>>)[]
        {
            ("client_credentials", (server, time) => Client.RunAsync(server.Port, time, connections, Client.ClientCredentials)),
            ("refresh with rotation", (server, time) => Client.RunAsync(server.Port, time, connections, people[server].RefreshAsync)),
            ("authorize and exchange", (server, time) => Client.RunAsync(server.Port, time, connections, people[server].AuthorizeAsync)),
            ("JWKS", (server, time) => Client.RunAsync(server.Port, time, connections, Client.Request("GET", "/.well-known/jwks.json"))),
        })
        {
            foreach (var server in new[] { before, after })
                await load(server, TimeSpan.FromSeconds(warmUp));
            List<(Round After, Round Before)> results = [];
            for (var pair = 0; pair < pairs; pair++)
            {
                var first = await load(pair % 2 == 0 ? after : before, TimeSpan.FromSeconds(seconds));
                var second = await load(pair % 2 == 0 ? before : after, TimeSpan.FromSeconds(seconds));
                results.Add(pair % 2 == 0 ? (first, second) : (second, first));
            }

            Console.WriteLine($"{name}, {pairs} pairs of {seconds} s, {connections} connections:");
            Overhead.Print("  throughput, after : before", [.. results.Select(pair => pair.After.PerSecond / pair.Before.PerSecond)],
                value => $"{value:P1}");
            Overhead.Print("  p99, after : before", [.. results.Select(pair => pair.After.P99 / pair.Before.P99)], value => $"{value:P1}");
            Console.WriteLine($"  median after {Overhead.Median([.. results.Select(pair => pair.After.PerSecond)]):F0}/s, "
                + $"before {Overhead.Median([.. results.Select(pair => pair.Before.PerSecond)]):F0}/s, "
                + $"failed {results.Sum(pair => pair.After.Failed)} and {results.Sum(pair => pair.Before.Failed)}");
        }

        Console.WriteLine($"resident after {Overhead.Mib(after.ResidentBytes)}, before {Overhead.Mib(before.ResidentBytes)}");
    }
}
