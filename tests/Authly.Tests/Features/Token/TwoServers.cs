using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>Two servers over one database, of which one has the plain way; what is sent to both is answered and counted the same.</summary>
internal sealed class TwoServers(SharedDatabase shared, AuthlyServer plain, AuthlyServer whole) : IAsyncDisposable
{
    // How often registrations were read from memory is the one thing that is meant to differ.
    private static readonly string[] Counters =
    [
        "authly_oauth_token_requests_total", "authly_oauth_endpoint_requests_total", "authly_oauth_client_authentications_total",
        "authly_handler_duration_seconds_count", "authly_handler_errors_total", "authly_security_events_total",
        "authly_oauth_token_generation_duration_seconds_count", "authly_oauth_token_size_bytes_count", "authly_rate_limit_hits_total",
        "authly_oauth_client_requests_total", "authly_audit_events_total",
    ];

    private Scrape? _beforePlain;
    private Scrape? _beforeWhole;

    public SharedDatabase Shared => shared;

    public AuthlyServer Plain => plain;

    /// <summary>The one on which all goes the long way.</summary>
    public AuthlyServer Whole => whole;

    public static async Task<TwoServers> StartAsync(Database database, params (string Name, string Value)[] settings)
    {
        var shared = await SharedDatabase.CreateAsync(database, settings);
        shared.Settings["Authly__Metrics__ClientId"] = "Registered";
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        shared.Settings["Authly__Seed__File"] = await BothWaysSeed.WriteAsync();
        var plain = await shared.StartAsync();
        shared.Settings["Authly__PlainGrants"] = "false";
        return new TwoServers(shared, plain, await shared.StartAsync());
    }

    /// <summary>Counts from here on.</summary>
    public async Task BeginAsync() => (_beforePlain, _beforeWhole) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());

    /// <summary>Sends to each what is its own, and returns the bodies.</summary>
    public async Task<(string Plain, string Whole)> CompareAsync(GeneratedRequest toPlain, GeneratedRequest toWhole)
    {
        var (one, other) = (await toPlain.SendAsync(plain), await toWhole.SendAsync(whole));
        var (said, meant) = (await one.Content.ReadAsStringAsync(), await other.Content.ReadAsStringAsync());
        Assert.Equal((int)other.StatusCode, (int)one.StatusCode);
        Assert.Equal(BothWays.HeadersOf(other), BothWays.HeadersOf(one));
        Assert.Equal(BothWays.Normalized(meant), BothWays.Normalized(said));
        return (said, meant);
    }

    /// <summary>What both have written of a grant: its family, and the audit log's row.</summary>
    public async Task CompareRowsAsync(string said, string meant, string grantType)
    {
        Assert.Equal(await BothWaysRows.FamilyOfAsync(shared, meant), await BothWaysRows.FamilyOfAsync(shared, said));
        var (last, all) = await BothWaysRows.LastGrantsAsync(shared, grantType);
        Assert.Single(last.Distinct());
        Assert.Equal(0, all % 2);
    }

    /// <summary>What both have counted since, and that it has been the plain way that answered on one of them.</summary>
    public async Task CompareCountsAsync()
    {
        var (counted, expected) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());
        foreach (var counter in Counters)
            Assert.Equal(Since(_beforeWhole!, expected, counter), Since(_beforePlain!, counted, counter));
        // The long way reads registrations several times for each request.
        Assert.InRange(Reads(_beforeWhole!, expected) - Reads(_beforePlain!, counted), 200, double.MaxValue);
    }

    public async ValueTask DisposeAsync()
    {
        await plain.DisposeAsync();
        await whole.DisposeAsync();
        shared.Dispose();
    }

    private static double Reads(Scrape before, Scrape now) =>
        now.Sum("authly_cache_operations_total", ("cache", "clients")) - before.Sum("authly_cache_operations_total", ("cache", "clients"));

    /// <summary>What each series of a counter has gained.</summary>
    private static string Since(Scrape before, Scrape now, string counter)
    {
        var (from, to) = (Series(before, counter), Series(now, counter));
        return string.Join('\n', to.Select(series => $"{series.Key} {series.Value - from.GetValueOrDefault(series.Key)}")
            .Where(line => !line.EndsWith(" 0", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, double> Series(Scrape scrape, string counter) => scrape.Text.Split('\n')
        .Where(line => line.StartsWith(counter, StringComparison.Ordinal))
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], provider: null));
}
