using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class MetricsTests
{
    [Theory, OnEachDatabase]
    public async Task The_platform_s_meters_are_exported_under_the_rules_of_the_catalogue(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        await server.TokensAsync();
        var metrics = (await server.ScrapeAsync()).Text;
        foreach (var name in new[]
        {
            "http_server_request_duration_seconds_count", "kestrel_active_connections", "dotnet_gc_collections_total",
            "dotnet_process_memory_working_set_bytes", "aspnetcore_authentication_authenticate_duration_seconds_count",
        }.Concat(database == Database.Postgres ? ["db_client_operation_duration_seconds_count", "db_client_connection_count"] : []))
        {
            Assert.Contains('\n' + name, metrics, StringComparison.Ordinal);
        }

        Assert.Contains("microsoft_entityframeworkcore", metrics, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("http_route=\"/oauth/token\"", metrics, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/oauth/authorize\"", metrics, StringComparison.Ordinal);
        Assert.Contains("service_name=\"authly\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("otel_scope", metrics, StringComparison.Ordinal);
        if (database == Database.Postgres)
            Assert.Contains("db_client_connection_pool_name=\"authly\"", metrics, StringComparison.Ordinal);
        foreach (var secret in new[] { "Username=", "Host=", "alice", Flows.WebSecret, "web" })
            Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task What_a_client_types_makes_no_new_series(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        async Task TrafficAsync(int from)
        {
            for (var index = from; index < from + 50; index++)
            {
                await server.PostAsync("/oauth/token", new { grant_type = $"grant-{index}", client_id = $"client-{index}" });
                await server.GetAsync(new AuthorizationRequest($"client-{index}").With("response_type", $"type-{index}").Url);
                await server.GetAsync($"/nothing-{index}");
                using var request = new HttpRequestMessage(new HttpMethod($"METHOD{index}"), "/oauth/token");
                await server.Http.SendAsync(request);
            }
        }

        // What the server does by itself begins when it does.
        static int Series(Scrape scrape) => scrape.Text.Split('\n').Count(line =>
            (line.StartsWith("authly_", StringComparison.Ordinal) || line.StartsWith("http_server_request", StringComparison.Ordinal))
            && !line.Contains("{job=", StringComparison.Ordinal) && !line.Contains("{source=", StringComparison.Ordinal));
        await server.ScrapeAsync();
        await TrafficAsync(0);
        var before = Series(await server.ScrapeAsync());
        await TrafficAsync(50);
        Assert.Equal(before, Series(await server.ScrapeAsync()));
    }

    [Theory, OnEachDatabase]
    public async Task An_answer_by_the_error_page_is_measured_under_the_route_that_was_asked_for(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Logging__LogLevel__Authly.Access"] = "Information",
        });
        await server.GetAsync(new AuthorizationRequest("nobody").Url);
        await server.UserInfoAsync("garbage");
        await server.GetAsync("/nothing-here");
        var scrape = await server.ScrapeAsync();
        const string Count = "http_server_request_duration_seconds_count";
        Assert.Equal(1, scrape.Sum(Count, ("http_route", "/oauth/authorize"), ("http_response_status_code", "400")));
        Assert.Equal(1, scrape.Sum(Count, ("http_route", "/oidc/userinfo"), ("http_response_status_code", "401")));
        Assert.Equal(0, scrape.Sum(Count, ("http_route", "error")));
        Assert.Contains("GET /oauth/authorize 400", server.Output, StringComparison.Ordinal);
        Assert.Contains("GET _OTHER 404", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_have_a_port_of_their_own_that_serves_nothing_else()
    {
        var port = Network.FreePort();
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string>
        {
            ["Authly__Metrics__Port"] = $"{port}",
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
        Task<HttpResponseMessage> GetAsync(string path) =>
            http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("target_info", metrics, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await GetAsync("/health/live")).StatusCode);
        Assert.Equal(404, (int)(await GetAsync("/.well-known/openid-configuration")).StatusCode);
        Assert.Equal(404, (await server.GetAsync("/metrics")).Status);
        using var spoofed = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        spoofed.Headers.Host = $"localhost:{port}";
        Assert.Equal(404, (int)(await server.Http.SendAsync(spoofed, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Every_method_on_every_route_does_not_push_out_the_series_that_alerts_watch()
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite);
        string[] routes =
        [
            "/oauth/token", "/oauth/authorize", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oidc/logout",
            "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/", "/account",
            "/account/login", "/account/password", "/account/logout", "/account/consent", "/try", "/insights", "/health", "/health/live",
            "/health/ready",
        ];
        foreach (var version in new[] { new Version(1, 0), new Version(1, 1) })
        {
            foreach (var method in new[] { "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW" })
            {
                foreach (var route in routes.Where(route => (route, method) is not ("/oauth/token", "POST")))
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), route)
                    {
                        Version = version,
                        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                    };
                    using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
                }
            }
        }

        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        var scrape = await server.ScrapeAsync();
        const string Count = "http_server_request_duration_seconds_count";
        Assert.Equal(1, scrape.Sum(Count, ("http_route", "/oauth/token"), ("http_response_status_code", "200")));
        Assert.DoesNotContain("otel_metric_overflow", scrape.Text, StringComparison.Ordinal);
    }
}
