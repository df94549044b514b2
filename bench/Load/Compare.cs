using System.Globalization;
using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// Authly beside others, in one run: each is warmed up, then all are measured in turn, several times; printed are the medians and the
/// ratios between them.
/// </summary>
internal static class Compare
{
    private sealed record Case(string Name, Peer Peer, Func<int, Connection, Task<bool>> Steps)
    {
        public Case(string name, Peer peer, byte[] request)
            : this(name, peer, async (_, connection) => await connection.SendAsync(request) == 200)
        {
        }
    }

    public static async Task RunAsync(Arguments arguments)
    {
        var (rounds, seconds) = (arguments.Get("rounds", 3), arguments.Get("seconds", 10));
        var (warmUp, connections) = (arguments.Get("warm-up", 60), arguments.Get("connections", 32));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var authly = await Server.StartAsync(postgres);
        var documentedDatabase = $"{postgres.ConnectionString};Database={await Server.CreateDatabaseAsync(postgres)};Maximum Pool Size=50";
        await using var documented = await Baselines.StartAsync(
            "openiddict", ["--ConnectionStrings:Bench", documentedDatabase], "/ready", documentedDatabase);
        await using var nodePostgres = await Baselines.StartNodeAsync(postgres, "postgres");
        await using var nodeMemory = await Baselines.StartNodeAsync(postgres, "memory");
        await using var kestrel = await Baselines.StartAsync("kestrel",
        [
            "--Documents:jwks", await GetAsync(authly, "/.well-known/jwks.json"),
            "--Documents:discovery", await GetAsync(authly, "/.well-known/openid-configuration"),
        ], "/jwks");
        await using var signed = await Baselines.StartAsync("signed", [], "/ready");

        const string NodeBasic = "service:service-secret-for-benchmarks";
        var basic = $"service:{ServerSettings.Secret}";
        byte[] OfNode(string resource) => Client.Request("POST", "/token", $"grant_type=client_credentials{resource}", NodeBasic);
        var token = await TokenAsync(authly, "/oauth/token", "grant_type=client_credentials&scope=orders.read", basic);
        var nodeToken = await TokenAsync(nodePostgres, "/token", "grant_type=client_credentials", NodeBasic);
        var documentedRequest = Client.Request(
            "POST", "/connect/token", "grant_type=client_credentials&client_id=service&client_secret=service-secret-for-benchmarks");
        var people = await People.SignInAsync(authly.Port, "/oauth/authorize", "/oauth/token", ServerSettings.Secret);
        // node-oidc-provider gives a refresh token only after a prompt for consent, the first time.
        var nodePeople = await People.SignInAsync(nodePostgres.Port, "/auth", "/token", "service-secret-for-benchmarks", "&prompt=consent");
        Case[] all =
        [
            new("client_credentials: OpenIddict as documented", documented, documentedRequest),
            new("client_credentials: node-oidc-provider, opaque, PostgreSQL", nodePostgres, OfNode("")),
            new("client_credentials: node-oidc-provider, JWT, not stored", nodeMemory, OfNode("&resource=https%3A%2F%2Forders.example")),
            new("client_credentials: Kestrel that signs one ES256 JWT", signed, Client.Request("POST", "/token", "grant_type=x")),
            new("client_credentials: Authly", authly, Client.ClientCredentials),
            new("introspection: node-oidc-provider, PostgreSQL", nodePostgres,
                IsActive(Client.Request("POST", "/token/introspection", $"token={nodeToken}", NodeBasic))),
            new("introspection: Authly", authly, IsActive(Client.Request("POST", "/oauth/introspect", $"token={token}", basic))),
            new("refresh with rotation: node-oidc-provider, PostgreSQL", nodePostgres, nodePeople.RefreshAsync),
            new("refresh with rotation: Authly", authly, people.RefreshAsync),
            new("authorize and exchange: node-oidc-provider, PostgreSQL", nodePostgres, nodePeople.AuthorizeAsync),
            new("authorize and exchange: Authly", authly, people.AuthorizeAsync),
            new("JWKS: Kestrel with the same bytes", kestrel, Client.Request("GET", "/jwks")),
            new("JWKS: Authly", authly, Client.Request("GET", "/.well-known/jwks.json")),
            new("discovery: Kestrel with the same bytes", kestrel, Client.Request("GET", "/discovery")),
            new("discovery: Authly", authly, Client.Request("GET", "/.well-known/openid-configuration")),
        ];
        var only = arguments.Text("only");
        var cases = all.Where(each => only is null || each.Name.StartsWith(only, StringComparison.Ordinal)).ToArray();
        foreach (var each in cases)
            await Client.RunAsync(each.Peer.Port, TimeSpan.FromSeconds(warmUp), connections, each.Steps);

        Console.WriteLine($"{"",-62}{"per second",12}{"p50 ms",9}{"p99 ms",9}{"CPU µs",9}{"SQL",7}{"RSS MiB",9}{"failed",8}");
        var (medians, processor) = (new Dictionary<string, double>(), new Dictionary<string, double>());
        List<(Case Case, Round Round, double Cpu, double Statements)> results = [];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var each in cases)
            {
                var transactions = await each.Peer.TransactionsAsync();
                var cpu = each.Peer.ProcessorTime;
                var result = await Client.RunAsync(each.Peer.Port, TimeSpan.FromSeconds(seconds), connections, each.Steps);
                results.Add((each, result, (each.Peer.ProcessorTime - cpu).TotalMicroseconds / Math.Max(1, result.Answers),
                    (await each.Peer.TransactionsAsync() - transactions) / (double)Math.Max(1, result.Answers)));
            }
        }

        foreach (var each in cases)
        {
            var own = results.Where(result => result.Case == each).ToList();
            double Of(Func<Round, double> value) => Overhead.Median([.. own.Select(result => value(result.Round))]);
            medians[each.Name] = Of(round => round.PerSecond);
            var cpu = processor[each.Name] = Overhead.Median([.. own.Select(result => result.Cpu)]);
            var statements = Overhead.Median([.. own.Select(result => result.Statements)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{each.Name,-62}{medians[each.Name],12:F0}{Of(round => round.P50),9:F2}{Of(round => round.P99),9:F2}{cpu,9:F0}"
                + $"{statements,7:F2}{each.Peer.ResidentBytes / 1048576,9}{own.Sum(result => result.Round.Failed),8}"));
        }

        foreach (var other in cases.Where(each => each.Peer != authly))
        {
            var kind = other.Name[..(other.Name.IndexOf(':') + 1)];
            var ratio = medians[$"{kind} Authly"] / medians[other.Name];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} Authly does {ratio:F2}x{other.Name[kind.Length..]}, "
                + $"at {processor[$"{kind} Authly"] / processor[other.Name]:F2}x its CPU a request"));
        }
    }

    /// <summary>Asks about a token that must still be active: else less would be measured.</summary>
    private static Func<int, Connection, Task<bool>> IsActive(byte[] request) => async (_, connection) =>
        await connection.SendAsync(request) == 200 && connection.Between("\"active\":", ",}") == "true";

    private static async Task<string> GetAsync(Peer peer, string path)
    {
        using var http = new HttpClient();
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, await http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{peer.Port}{path}")));
        return file;
    }

    private static async Task<string> TokenAsync(Peer peer, string path, string form, string basic)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{peer.Port}{path}"))
        {
            Content = new StringContent(form, System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(basic)));
        var answer = await (await http.SendAsync(request)).Content.ReadAsStringAsync();
        return JsonDocument.Parse(answer).RootElement.GetProperty("access_token").GetString()!;
    }
}
