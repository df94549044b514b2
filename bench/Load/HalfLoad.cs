using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// How long answers take at half of what the long way can give (<c>Authly:PlainGrants=false</c>): one build, started with the short way
/// and without, both warmed up, then asked evenly and in turns (ABBA). Then the short way at half of what it can give itself.
/// </summary>
internal static class HalfLoad
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (pairs, seconds) = (arguments.Get("pairs", 12), TimeSpan.FromSeconds(arguments.Get("seconds", 5)));
        var (warmUp, connections) = (TimeSpan.FromSeconds(arguments.Get("warm-up", 60)), arguments.Get("connections", 32));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var plain = await Server.StartAsync(postgres);
        await using var slow = await Server.StartAsync(postgres, new Dictionary<string, string> { ["Authly__PlainGrants"] = "false" });
        var people = new Dictionary<Server, People>();
        foreach (var server in new[] { plain, slow })
            people[server] = await People.SignInAsync(server.Port, "/oauth/authorize", "/oauth/token", ServerSettings.Secret);
        foreach (var (name, steps) in new (string, Func<Server, Func<int, Connection, Task<bool>>>)[]
        {
            ("client_credentials", _ => async (_, connection) => await connection.SendAsync(Client.ClientCredentials) == 200),
            ("refresh with rotation", server => people[server].RefreshAsync),
        })
        {
            foreach (var server in new[] { plain, slow })
                await Client.RunAsync(server.Port, warmUp, connections, steps(server));
            var most = await Client.RunAsync(slow.Port, seconds * 2, connections, steps(slow));
            Task<Round> AtHalf(Server server, Round of) =>
                Client.RunAtAsync(server.Port, seconds, connections, of.PerSecond / 2, steps(server));
            List<(Round Plain, Round Slow)> results = [];
            for (var pair = 0; pair < pairs; pair++)
            {
                var first = await AtHalf(pair % 2 == 0 ? plain : slow, most);
                var second = await AtHalf(pair % 2 == 0 ? slow : plain, most);
                results.Add(pair % 2 == 0 ? (first, second) : (second, first));
            }

            Console.WriteLine($"{name} at {most.PerSecond / 2:F0}/s, half of what the long way can give, {pairs} pairs:");
            Overhead.Print("  p99, short : long", [.. results.Select(pair => pair.Plain.P99 / pair.Slow.P99)], value => $"{value:P1}");
            Overhead.Print("  p99 of the short way, ms", [.. results.Select(pair => pair.Plain.P99)], value => $"{value:F2}");
            Overhead.Print("  p99 of the long way, ms", [.. results.Select(pair => pair.Slow.P99)], value => $"{value:F2}");
            most = await Client.RunAsync(plain.Port, seconds * 2, connections, steps(plain));
            List<double> own = [];
            for (var round = 0; round < pairs; round++)
                own.Add((await AtHalf(plain, most)).P99);
            Overhead.Print($"  p99 of the short way at half of its own most, {most.PerSecond / 2:F0}/s, ms", [.. own],
                value => $"{value:F2}");
            Console.WriteLine($"  failed {results.Sum(pair => pair.Plain.Failed)} and {results.Sum(pair => pair.Slow.Failed)}");
        }
    }
}
