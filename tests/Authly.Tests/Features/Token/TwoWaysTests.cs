using Authly.Tests.Harness;
using CsCheck;

namespace Authly.Tests.Features.Token;

/// <summary>
/// The plain way and OpenIddict's are one: whatever is sent, both answer, write and count the same. Two servers over one database, of
/// which one has the plain way, get requests that are right, nearly right and hostile.
/// </summary>
public sealed class TwoWaysTests
{
    private const int Requests = 1500;

    [Theory, OnEachDatabase]
    public async Task The_plain_way_and_the_long_way_answer_write_and_count_the_same(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Metrics__ClientId", "Registered"));
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        shared.Settings["Authly__Seed__File"] = await BothWaysSeed.WriteAsync();
        await using var plain = await shared.StartAsync();
        shared.Settings["Authly__PlainGrants"] = "false";
        await using var whole = await shared.StartAsync();
        var tokens = await TokensOfEveryFate.MakeAsync(plain, shared);
        var (before, beforeWhole) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());

        await GeneratedRequest.Any(tokens).SampleAsync(async request =>
        {
            var (one, other) = (await request.SendAsync(plain), await request.SendAsync(whole));
            Assert.Equal((int)other.StatusCode, (int)one.StatusCode);
            Assert.Equal(BothWays.HeadersOf(other), BothWays.HeadersOf(one));
            var (said, meant) = (await one.Content.ReadAsStringAsync(), await other.Content.ReadAsStringAsync());
            Assert.Equal(BothWays.Normalized(meant), BothWays.Normalized(said));
            Assert.Equal(await BothWaysRows.RowOfAsync(shared, meant), await BothWaysRows.RowOfAsync(shared, said));
        }, iter: Requests, threads: 1, print: request => request.ToString());

        var (counted, expected) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());
        foreach (var counter in BothWays.Counters)
            Assert.Equal(BothWays.Since(beforeWhole, expected, counter), BothWays.Since(before, counted, counter));
        // It has been the plain way that answered.
        Assert.InRange(BothWays.Reads(beforeWhole, expected) - BothWays.Reads(before, counted), 200, double.MaxValue);
    }
}
