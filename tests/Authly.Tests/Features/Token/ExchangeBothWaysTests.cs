using System.Text.Json.Nodes;
using Authly.Tests.Harness;
using CsCheck;

namespace Authly.Tests.Features.Token;

/// <summary>A code is redeemed the same by the plain way and by OpenIddict's, whatever has become of it.</summary>
public sealed class ExchangeBothWaysTests
{
    private const int Requests = 300;

    [Theory, OnEachDatabase]
    public async Task A_code_is_redeemed_the_same_both_ways(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Metrics__ClientId", "Registered"));
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        shared.Settings["Authly__Seed__File"] = await BothWaysSeed.WriteAsync();
        await using var plain = await shared.StartAsync();
        shared.Settings["Authly__PlainGrants"] = "false";
        await using var whole = await shared.StartAsync();
        using var codes = new CodePairs(plain, whole, shared);
        await codes.AllowAsync();
        List<(GeneratedGrant Grant, string Plain, string Whole)> granted = [];
        var (before, beforeWhole) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());

        await GeneratedExchange.Any.SampleAsync(async sample =>
        {
            var (code, codeOfWhole) = await codes.MakeAsync(sample);
            var request = sample.Grant;
            var one = await request.With(code.Text, code.Verifier).SendAsync(plain);
            var other = await request.With(codeOfWhole.Text, codeOfWhole.Verifier).SendAsync(whole);
            await codes.MendAsync(sample);
            var (said, meant) = (await one.Content.ReadAsStringAsync(), await other.Content.ReadAsStringAsync());
            Assert.Equal((int)other.StatusCode, (int)one.StatusCode);
            Assert.Equal(BothWays.HeadersOf(other), BothWays.HeadersOf(one));
            Assert.Equal(BothWays.Normalized(meant), BothWays.Normalized(said));
            if (!said.Contains("\"access_token\":", StringComparison.Ordinal))
                return;
            Assert.Equal(await BothWaysRows.FamilyOfAsync(shared, meant), await BothWaysRows.FamilyOfAsync(shared, said));
            var (last, all) = await BothWaysRows.LastGrantsAsync(shared, "authorization_code");
            Assert.Single(last.Distinct());
            Assert.Equal(0, all % 2);
            granted.Add((request, said, meant));
        }, iter: Requests, threads: 1, print: sample => sample.ToString());

        var (counted, expected) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());
        foreach (var counter in BothWays.Counters)
            Assert.Equal(BothWays.Since(beforeWhole, expected, counter), BothWays.Since(before, counted, counter));
        // It has been the plain way that answered.
        Assert.InRange(BothWays.Reads(beforeWhole, expected) - BothWays.Reads(before, counted), 200, double.MaxValue);
        foreach (var (grant, said, meant) in granted.TakeLast(60))
            await RefreshCrosswiseAsync(grant, (plain, said), (whole, meant));
    }

    /// <summary>What one way wrote the other reads.</summary>
    private static async Task RefreshCrosswiseAsync(
        GeneratedGrant grant, (AuthlyServer Server, string Body) one, (AuthlyServer Server, string Body) other)
    {
        if (JsonNode.Parse(one.Body)!["refresh_token"]?.GetValue<string>() is not { } token)
            return;
        var otherToken = JsonNode.Parse(other.Body)!["refresh_token"]!.GetValue<string>();
        var basic = RefreshPairs.BasicOf(grant.Client);
        var ofOne = await other.Server.PostAsync("/oauth/token", RefreshPairs.FormOf(grant.Client, token), basic);
        var ofOther = await one.Server.PostAsync("/oauth/token", RefreshPairs.FormOf(grant.Client, otherToken), basic);
        Assert.Equal(200, ofOne.Status);
        Assert.Equal(BothWays.Normalized(ofOther.Body), BothWays.Normalized(ofOne.Body));
    }
}
