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
        await using var servers = await TwoServers.StartAsync(database);
        using var codes = new CodePairs(servers.Plain, servers.Whole, servers.Shared);
        await codes.AllowAsync();
        List<(GeneratedGrant Grant, string Plain, string Whole)> granted = [];
        await servers.BeginAsync();

        await GeneratedExchange.Any.SampleAsync(async sample =>
        {
            var (code, codeOfWhole) = await codes.MakeAsync(sample);
            var grant = sample.Grant;
            var (said, meant) = await servers.CompareAsync(
                grant.With(code.Text, code.Verifier), grant.With(codeOfWhole.Text, codeOfWhole.Verifier));
            await codes.MendAsync(sample);
            if (!said.Contains("\"access_token\":", StringComparison.Ordinal))
                return;
            await servers.CompareRowsAsync(said, meant, "authorization_code");
            granted.Add((grant, said, meant));
        }, iter: Requests, threads: 1, print: sample => sample.ToString());

        await servers.CompareCountsAsync();
        foreach (var (grant, said, meant) in granted.TakeLast(60))
            await RefreshCrosswiseAsync(grant, (servers.Plain, said), (servers.Whole, meant));
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
