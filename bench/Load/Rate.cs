using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// Authly alone, one kind of request after the other, round after round: for looking at with a profiler, and for seeing how it warms up.
/// </summary>
internal static class Rate
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (rounds, seconds, connections) = (arguments.Get("rounds", 6), arguments.Get("seconds", 10), arguments.Get("connections", 32));
        var only = arguments.Text("only");
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var authly = await Server.StartAsync(postgres, new Dictionary<string, string>
        {
            ["DOTNET_PerfMapEnabled"] = $"{arguments.Get("perf-map", 0)}",
        });
        var people = await People.SignInAsync(authly.Port, "/oauth/authorize", "/oauth/token", ServerSettings.Secret);
        using var first = new Connection(authly.Port);
        await first.SendAsync(Client.ClientCredentials);
        var token = first.Between("\"access_token\":\"", "\"");
        var introspect = Client.Request("POST", "/oauth/introspect", $"token={token}", $"service:{ServerSettings.Secret}");
        var jwks = Client.Request("GET", "/.well-known/jwks.json");
        foreach (var (name, steps) in new (string, Func<int, Connection, Task<bool>>)[]
        {
            ("client_credentials", async (_, connection) => await connection.SendAsync(Client.ClientCredentials) == 200),
            ("introspection", async (_, connection) => await connection.SendAsync(introspect) == 200),
            ("JWKS", async (_, connection) => await connection.SendAsync(jwks) == 200),
            ("refresh", people.RefreshAsync),
            ("authorize and exchange", people.AuthorizeAsync),
        })
        {
            if (only is not null && !name.StartsWith(only, StringComparison.Ordinal))
                continue;
            for (var round = 0; round < rounds; round++)
            {
                var cpu = authly.ProcessorTime;
                var result = await Client.RunAsync(authly.Port, TimeSpan.FromSeconds(seconds), connections, steps);
                var each = (authly.ProcessorTime - cpu).TotalMicroseconds / Math.Max(1, result.Answers);
                Console.WriteLine($"{name,-24}{result.PerSecond,8:F0}/s, p50 {result.P50,7:F2} ms, p99 {result.P99,7:F2} ms, "
                    + $"{each,6:F0} µs of CPU, {result.Failed} failed, resident {authly.ResidentBytes / 1048576} MiB");
            }
        }
    }
}
