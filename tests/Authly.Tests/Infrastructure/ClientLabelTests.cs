using System.Text.Json;
using Authly.Infrastructure.Observability;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class ClientLabelTests
{
    [Theory]
    [InlineData("Off", null)]
    [InlineData("Registered", "web")]
    [InlineData("Hashed", "hashed")]
    public async Task Client_ids_are_labels_only_when_switched_on_and_only_registered_ones(string mode, string? label)
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string>
        {
            ["Authly__Metrics__ClientId"] = mode,
            ["Authly__Metrics__GaugeInterval"] = "00:00:01",
        });
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        await server.RefreshAsync("garbage");
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "somebody:wrong");
        await server.GetAsync(new AuthorizationRequest("somebody-else").Url);
        var scrape = await server.ScrapeAsync();
        Assert.DoesNotContain("somebody", scrape.Text, StringComparison.Ordinal);
        if (label is null)
        {
            Assert.DoesNotContain("client_id", scrape.Text, StringComparison.Ordinal);
            return;
        }

        if (mode == "Hashed")
            label = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("web"u8).AsSpan(0, 6));
        Assert.Equal(1, scrape.Sum("authly_oauth_token_requests_total", ("client_id", label), ("status", "invalid_grant")));
        Assert.Equal(1, scrape.Sum("authly_oauth_token_requests_total", ("client_id", "_other"), ("status", "invalid_client")));
        Assert.Equal(1, scrape.Sum("authly_oauth_client_requests_total", ("client_id", label), ("endpoint", "Exchange")));
    }

    [Fact]
    public async Task Two_hundred_clients_have_a_label_each_whatever_each_of_them_does()
    {
        var seed = Path.GetTempFileName();
        var clients = Enumerable.Range(0, 210).Select(index => $"client-{index:D3}").ToList();
        await File.WriteAllTextAsync(seed, JsonSerializer.Serialize(new
        {
            clients = clients.Select(client => new
            {
                client_id = client,
                token_endpoint_auth_method = "none",
                redirect_uris = new[] { "https://app.example/callback" },
            }),
        }), TestContext.Current.CancellationToken);
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string>
        {
            ["Authly__Seed__File"] = seed,
            ["Authly__Metrics__ClientId"] = "Registered",
            ["Authly__Metrics__GaugeInterval"] = "00:00:01",
        });
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        foreach (var client in clients)
        {
            await server.PostAsync("/oauth/token", new
            {
                grant_type = "authorization_code",
                client_id = client,
                code = "none",
                redirect_uri = "https://app.example/callback",
                code_verifier = new string('v', 43),
            });
            await server.PostAsync("/oauth/token", new { grant_type = "password", client_id = client });
        }

        var scrape = await server.ScrapeAsync();
        Assert.DoesNotContain("otel_metric_overflow", scrape.Text, StringComparison.Ordinal);
        foreach (var status in new[] { "invalid_grant", "unsupported_grant_type" })
        {
            double Requests(string client) =>
                scrape.Sum("authly_oauth_token_requests_total", ("client_id", client), ("status", status));
            Assert.All(clients[..ClientLabels.Most], client => Assert.Equal(1, Requests(client)));
            // Those after the oldest 200 share one.
            Assert.Equal(10, Requests("_other"));
        }
    }
}
