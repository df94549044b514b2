using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// How long a scrape takes, and what all the series cost, once two hundred clients have a label each and have done everything that can be
/// answered with an error of its own.
/// </summary>
internal static class ScrapeTime
{
    private const int Clients = 200;
    private const string Callback = "https://app.example/callback";
    private static readonly string[] Grants = ["client_credentials", "authorization_code", "refresh_token", "password"];

    public static async Task RunAsync(Arguments arguments)
    {
        var scrapes = arguments.Get("scrapes", 1000);
        var seed = Path.GetTempFileName();
        await File.WriteAllTextAsync(seed, JsonSerializer.Serialize(new
        {
            clients = Enumerable.Range(0, Clients).Select(index => new
            {
                client_id = Id(index),
                client_secret = ServerSettings.Secret,
                grant_types = Grants[..3],
                redirect_uris = (string[])[Callback],
            }),
        }));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var server = await Server.StartAsync(postgres, new Dictionary<string, string>
        {
            ["Authly__Metrics__ClientId"] = "Registered",
            ["Authly__Metrics__GaugeInterval"] = "00:00:01",
            ["Authly__Seed__File"] = seed,
        });
        using var http = new HttpClient();
        await Task.Delay(TimeSpan.FromSeconds(3));
        // One client does all of it first: what is measured then is the series of the others.
        await FillAsync(server, 1, times: 200);
        await http.GetStringAsync(server.Metrics);
        var (heap, resident) = (await server.HeapBytesAsync(), server.ResidentBytes);
        await FillAsync(server, Clients, times: 1);
        await EveryRouteAsync(server);
        await http.GetStringAsync(server.Metrics);
        Console.WriteLine($"series of {Clients - 1} more clients: heap + {(await server.HeapBytesAsync() - heap) / 1024} KiB, "
            + $"resident {(server.ResidentBytes - resident) / 1024:+#;-#;0} KiB");

        List<double> milliseconds = [];
        var lines = 0;
        for (var scrape = 0; scrape < scrapes; scrape++)
        {
            // Beyond the exporter's cache, so that each one collects.
            await Task.Delay(310);
            var started = Stopwatch.GetTimestamp();
            var text = await http.GetStringAsync(server.Metrics);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            lines = text.AsSpan().Count('\n');
        }

        milliseconds.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scrapes} scrapes of {lines} lines: p50 {milliseconds[scrapes / 2]:F1} ms, p99 {milliseconds[scrapes * 99 / 100]:F1} ms"));
        File.Delete(seed);
    }

    private static async Task FillAsync(Server server, int clients, int times)
    {
        using var connection = new Connection(server.Port);
        for (var time = 0; time < times; time++)
        {
            for (var index = 0; index < clients; index++)
            {
                foreach (var request in Everything(Id(index)))
                    await connection.SendAsync(request);
            }
        }
    }

    /// <summary>Each method on each route is a series of its own with all its buckets.</summary>
    private static async Task EveryRouteAsync(Server server)
    {
        using var connection = new Connection(server.Port);
        foreach (var path in new[]
        {
            "/oauth/token", "/oauth/authorize", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oidc/logout",
            "/.well-known/openid-configuration", "/account/login",
        })
        {
            foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" })
                await connection.SendAsync(Client.Request(method, path));
        }
    }

    private static IEnumerable<byte[]> Everything(string client)
    {
        var redirect = $"redirect_uri={Uri.EscapeDataString(Callback)}";
        string[] forms = ["", "&scope=nowhere", $"&code=none&refresh_token=none&{redirect}&code_verifier={new string('v', 43)}"];
        foreach (var grant in Grants)
        {
            foreach (var form in forms)
                yield return Client.Request("POST", "/oauth/token", $"grant_type={grant}{form}", $"{client}:{ServerSettings.Secret}");
            yield return Client.Request("POST", "/oauth/token", $"grant_type={grant}&client_id={client}");
        }

        foreach (var endpoint in new[] { "introspect", "revoke" })
            yield return Client.Request("POST", $"/oauth/{endpoint}", "token=none", $"{client}:{ServerSettings.Secret}");
        var challenge = $"code_challenge={new string('c', 43)}&code_challenge_method=S256";
        foreach (var query in new[]
        {
            $"response_type=code&scope=openid&{challenge}", $"response_type=code&scope=openid&prompt=none&{challenge}",
            $"response_type=code&scope=nowhere&{challenge}", "response_type=code&scope=openid", $"response_type=token&{challenge}",
            $"response_type=code&request=x&{challenge}", $"response_type=code&registration=x&{challenge}",
        })
        {
            yield return Client.Request("GET", $"/oauth/authorize?client_id={client}&{redirect}&state=x&{query}");
        }
    }

    private static string Id(int index) => $"a-client-with-an-id-of-usual-length-{index:D3}";
}
