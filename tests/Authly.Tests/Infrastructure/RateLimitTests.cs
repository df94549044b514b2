using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Limits: who is counted as one, and how a request too many is answered.</summary>
public sealed class RateLimitTests
{
    private const string Service = "service:service-secret-for-tests";

    private static readonly object ClientCredentials = new { grant_type = "client_credentials" };

    [Theory, OnEachDatabase]
    public async Task Too_many_requests_of_an_address_are_429_with_the_time_to_wait_in_the_form_of_the_endpoint(Database database)
    {
        await using var server = await StartAsync(
            database, ("Token__PerAddress", "3"), ("Token__Window", "00:30:00"), ("SignIn__PerAddress", "2"));
        for (var request = 0; request < 3; request++)
            Assert.Equal(200, (await server.PostAsync("/oauth/token", ClientCredentials, Service)).Status);
        // By its route: neither a query nor another method, client or secret is another endpoint.
        foreach (var path in new[] { "/oauth/token", "/oauth/token?another=1", "/oauth/token?" })
        {
            var refused = await server.PostAsync(path, ClientCredentials, "somebody:else");
            Assert.Equal((429, "temporarily_unavailable"), (refused.Status, refused.Error));
            Assert.Equal("application/json", refused.Message.Content.Headers.ContentType?.MediaType);
            Assert.InRange(refused.Message.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 9, 10);
            Assert.Equal("\"token\";q=3;w=1800", refused.Message.Headers.GetValues("RateLimit-Policy").Single());
            Assert.StartsWith("\"token\";r=0;t=", refused.Message.Headers.GetValues("RateLimit").Single(), StringComparison.Ordinal);
            Assert.Equal("no-store", refused.Message.Headers.CacheControl!.ToString());
        }

        for (var request = 0; request < 2; request++)
            Assert.Equal(200, (await server.GetAsync("/account/login")).Status);
        var page = await server.GetAsync("/account/login");
        Assert.Equal((429, "text/html"), (page.Status, page.Message.Content.Headers.ContentType?.MediaType));
        Assert.Contains("<h1>Please wait a moment</h1>", page.Body, StringComparison.Ordinal);
        Assert.NotNull(page.Message.Headers.RetryAfter);

        // What is not theirs goes on.
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/jwks.json", "/health/ready" })
            Assert.Equal(200, (await server.GetAsync(path)).Status);
        var scrape = await server.ScrapeAsync();
        Assert.Equal(3, scrape.Sum("authly_rate_limit_hits_total", ("endpoint", "token"), ("backend", "memory")));
        Assert.Equal(1, scrape.Sum("authly_rate_limit_hits_total", ("endpoint", "sign_in"), ("backend", "memory")));
        Assert.Equal(4, scrape.Sum("authly_rate_limit_hits_total"));
    }

    [Theory, OnEachDatabase]
    public async Task A_clients_limit_is_its_own_and_a_stranger_who_names_it_uses_none_of_it(Database database)
    {
        await using var server = await StartAsync(database, ("Token__PerClient", "3"), ("Introspection__PerClient", "1"));
        for (var guess = 0; guess < 10; guess++)
            Assert.Equal(401, (await server.PostAsync("/oauth/token", ClientCredentials, "service:wrong")).Status);
        for (var request = 0; request < 3; request++)
            Assert.Equal(200, (await server.PostAsync("/oauth/token", ClientCredentials, Service)).Status);
        var refused = await server.PostAsync("/oauth/token", ClientCredentials, Service);
        Assert.Equal((429, "temporarily_unavailable"), (refused.Status, refused.Error));
        Assert.NotNull(refused.Message.Headers.RetryAfter);
        Assert.Equal("\"token\";q=3;w=60", refused.Message.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Equal(200, (await server.PostAsync("/oauth/token", ClientCredentials, "api:api+secret%20with 100%")).Status);
        var question = new { token = "none" };
        Assert.Equal(200, (await server.PostAsync("/oauth/introspect", question, Service)).Status);
        Assert.Equal(429, (await server.PostAsync("/oauth/introspect", question, Service)).Status);

        // Each is counted once by the behavior too, as what it was told.
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("authly_oauth_token_requests_total", ("status", "temporarily_unavailable")));
        Assert.Equal(2, scrape.Sum("authly_rate_limit_hits_total", ("backend", "memory")));
    }

    [Theory, OnEachDatabase]
    public async Task An_address_comes_from_the_connection_and_from_a_header_only_of_a_trusted_proxy(Database database)
    {
        await using (var server = await StartAsync(database, ("SignIn__PerAddress", "2")))
        {
            foreach (var (claimed, status) in new[] { ("203.0.113.1", 200), ("203.0.113.2", 200), ("203.0.113.3", 429) })
                Assert.Equal(status, await VisitAsync(server, claimed));
        }

        await using var behind = await StartAsync(database, ("SignIn__PerAddress", "2"), ("../TrustedProxies__0", "127.0.0.0/8"));
        // The last one that no trusted proxy has is whose the request is; what stands before it anybody can write.
        foreach (var (claimed, status) in new[]
        {
            ("203.0.113.1", 200), ("203.0.113.1", 200), ("203.0.113.1", 429), ("203.0.113.2", 200), ("203.0.113.9, 203.0.113.1", 429),
            ("2001:db8::1", 200), ("2001:db8::2", 200), ("2001:db8::3", 429), ("2001:db8:0:1::1", 200),
        })
        {
            Assert.Equal((claimed, status), (claimed, await VisitAsync(behind, claimed)));
        }
    }

    [Theory, OnEachDatabase]
    public async Task Metrics_survive_a_flood_and_refuse_none_of_several_who_scrape_every_second(Database database)
    {
        await using var server = await StartAsync(database);
        for (var second = 0; second < 3; second++)
        {
            for (var scrape = 0; scrape < 5; scrape++)
                Assert.Equal(200, (await server.GetAsync("/metrics")).Status);
            await Task.Delay(1000, TestContext.Current.CancellationToken);
        }

        var flood = new List<int>();
        for (var request = 0; request < 300; request++)
            flood.Add((await server.GetAsync("/metrics")).Status);
        Assert.InRange(flood.Count(status => status == 429), 50, 110);
        Assert.Equal(flood.Count, flood.Count(status => status is 200 or 429));
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task One_switch_turns_all_limits_off(Database database)
    {
        await using var server = await StartAsync(
            database, ("Enabled", "false"), ("Token__PerAddress", "1"), ("Token__PerClient", "1"), ("SignIn__PerAddress", "1"));
        for (var request = 0; request < 3; request++)
        {
            Assert.Equal(200, (await server.PostAsync("/oauth/token", ClientCredentials, Service)).Status);
            Assert.Equal(200, (await server.GetAsync("/account/login")).Status);
        }
    }

    private static async Task<int> VisitAsync(AuthlyServer server, string claimed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, server.UrlOf("/account/login"));
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", claimed);
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private static Task<AuthlyServer> StartAsync(Database database, params (string Name, string Value)[] limits) =>
        AuthlyServer.StartAsync(database, limits.ToDictionary(limit => limit.Name.StartsWith("../", StringComparison.Ordinal)
            ? $"Authly__{limit.Name[3..]}" : $"Authly__RateLimits__{limit.Name}", limit => limit.Value));
}
