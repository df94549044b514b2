using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class MetricsTests
{
    private const int N = 5;

    [Theory, OnEachDatabase]
    public async Task Every_request_is_counted_once_as_what_it_was(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        const string Service = "service:service-secret-for-tests";
        var callback = Person.Callback.ToString();

        // What one request each of its kind is, and where it must be counted.
        var last = await server.ScrapeAsync();
        async Task ExpectAsync(Func<Task> request, string feature, string outcome, string? error = null, string? grant = null, string? status = null)
        {
            double[] Read(Scrape scrape) =>
            [
                scrape.Sum("authly_handler_duration_seconds_count", ("feature", feature)),
                scrape.Sum("authly_handler_duration_seconds_count", ("feature", feature), ("outcome", outcome)),
                scrape.Sum("authly_handler_errors_total", ("feature", feature)),
                error is null ? 0 : scrape.Sum("authly_handler_errors_total", ("feature", feature), ("error", error)),
                scrape.Sum("authly_oauth_token_requests_total"),
                grant is null ? 0 : scrape.Sum("authly_oauth_token_requests_total", ("grant_type", grant), ("status", status!)),
                scrape.Sum("authly_handlers_in_progress"),
            ];
            var before = Read(last);
            for (var index = 0; index < N; index++)
                await request();
            last = await server.ScrapeAsync();
            var moved = Read(last).Zip(before, (now, then) => now - then).ToArray();
            double errors = error is null ? 0 : N, tokens = grant is null ? 0 : N;
            Assert.Equal((feature, error, N, N, errors, errors, tokens, tokens, 0), (feature, error, moved[0], moved[1], moved[2], moved[3], moved[4], moved[5], moved[6]));
        }

        Task TokenAsync(object form, string? basic, string outcome, string? error, string grant, string status) =>
            ExpectAsync(() => server.PostAsync("/oauth/token", form, basic), "Exchange", outcome, error, grant, status);

        await TokenAsync(new { grant_type = "client_credentials", scope = "orders.read" }, Service, "ok", error: null, "client_credentials", "success");
        await TokenAsync(new { grant_type = "client_credentials" }, "service:wrong", "error", "invalid_client", "client_credentials", "invalid_client");
        await TokenAsync(new { grant_type = "client_credentials" }, "nobody:wrong", "error", "invalid_client", "client_credentials", "invalid_client");
        await TokenAsync(new { grant_type = "made-up" }, Service, "error", "unsupported_grant_type", "_OTHER", "unsupported_grant_type");
        await TokenAsync(new { nothing = "here" }, Service, "error", "invalid_request", "_OTHER", "invalid_request");
        await TokenAsync(new { grant_type = "refresh_token", refresh_token = "garbage" }, Flows.Web, "error", "invalid_grant", "refresh_token", "invalid_grant");
        await TokenAsync(new { grant_type = "authorization_code", code = "garbage", redirect_uri = callback, code_verifier = new string('x', 43) }, Flows.Web, "error", "invalid_grant", "authorization_code", "invalid_grant");

        var (code, verifier) = await server.CodeAsync();
        await server.RedeemAsync(code, verifier);
        last = await server.ScrapeAsync();
        await ExpectAsync(() => server.RedeemAsync(code, verifier), "Exchange", "error", "invalid_grant", "authorization_code", "invalid_grant");
        (code, _) = await server.CodeAsync();
        last = await server.ScrapeAsync();
        await ExpectAsync(() => server.RedeemAsync(code, new string('x', 43)), "Exchange", "error", "invalid_grant", "authorization_code", "invalid_grant");

        var codes = new Queue<(string Code, string Verifier)>();
        for (var index = 0; index < 2 * N; index++)
            codes.Enqueue(await server.CodeAsync());
        last = await server.ScrapeAsync();
        await ExpectAsync(() => RedeemNextAsync(), "AuthorizationCode", "ok", grant: "authorization_code", status: "success");
        var refresh = "";
        await ExpectAsync(async () => refresh = (await RedeemNextAsync())["refresh_token"]!, "Exchange", "ok", grant: "authorization_code", status: "success");
        await ExpectAsync(async () => refresh = (await server.RefreshAsync(refresh))["refresh_token"]!, "RefreshToken", "ok", grant: "refresh_token", status: "success");
        var access = (await server.RefreshAsync(refresh))["access_token"]!;
        last = await server.ScrapeAsync();
        Task<Answer> RedeemNextAsync()
        {
            var (next, its) = codes.Dequeue();
            return server.RedeemAsync(next, its);
        }

        // Malformed before anybody looked at it, and the wrong method: still counted where they were sent.
        await ExpectAsync(() => PostRawAsync("/oauth/token", "grant_type=client_credentials&scope=%00"), "Exchange", "error", "invalid_request", "client_credentials", "invalid_request");
        await ExpectAsync(() => server.GetAsync("/oauth/token"), "Exchange", "error", "invalid_request", "_OTHER", "invalid_request");

        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { token = access }, Flows.Web), "Introspect", "ok");
        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { token = "garbage" }, Flows.Web), "Introspect", "ok");
        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { token = access }), "Introspect", "error", "invalid_client");
        await ExpectAsync(() => server.PostAsync("/oauth/introspect", new { }, Flows.Web), "Introspect", "error", "invalid_request");
        await ExpectAsync(() => server.UserInfoAsync(access), "GetUserInfo", "ok");
        await ExpectAsync(() => server.UserInfoAsync(accessToken: null), "GetUserInfo", "error", "missing_token");
        await ExpectAsync(() => server.UserInfoAsync("garbage"), "GetUserInfo", "error", "invalid_token");
        await ExpectAsync(() => server.PostAsync("/oauth/revoke", new { token = "garbage" }, Flows.Web), "Revoke", "ok");
        await ExpectAsync(() => server.PostAsync("/oauth/revoke", new { token = "garbage" }, "web:wrong"), "Revoke", "error", "invalid_client");
        await ExpectAsync(() => server.GetAsync("/.well-known/openid-configuration"), "GetConfiguration", "ok");
        await ExpectAsync(() => server.GetAsync("/.well-known/oauth-authorization-server"), "GetConfiguration", "ok");
        await ExpectAsync(() => server.GetAsync("/.well-known/jwks.json"), "GetJsonWebKeys", "ok");
        await ExpectAsync(() => server.GetAsync("/oidc/logout"), "EndSession", "ok");
        await ExpectAsync(() => server.GetAsync("/oidc/logout?client_id=web&post_logout_redirect_uri=https://evil.example/"), "EndSession", "error", "invalid_request");

        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().Url), "Authorize", "ok");
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest("nobody").Url), "Authorize", "error", "invalid_request");
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().With("code_challenge_method", "plain").Url), "Authorize", "error", "invalid_request");
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().With("prompt", "none").Url), "Authorize", "error", "login_required");
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().Url + "&state=twice"), "Authorize", "error", "invalid_request");
        using var person = new Person(server);
        await ExpectAsync(async () => await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "wrong")), "Login", "error", "access_denied");
        await ExpectAsync(async () => await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", ""), ("Password", "wrong")), "Login", "error", "invalid_request");

        Task<HttpResponseMessage> PostRawAsync(string path, string body) =>
            server.Http.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded"));
    }

    [Theory, OnEachDatabase]
    public async Task The_platform_s_meters_are_exported_under_the_rules_of_the_catalogue(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        await server.TokensAsync();
        var metrics = (await server.ScrapeAsync()).Text;
        foreach (var name in new[]
        {
            "http_server_request_duration_seconds_count", "kestrel_active_connections", "dotnet_gc_collections_total", "dotnet_process_memory_working_set_bytes",
            "aspnetcore_authentication_authenticate_duration_seconds_count",
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

        static int Series(Scrape scrape) => scrape.Text.Split('\n').Count(line => line.StartsWith("authly_", StringComparison.Ordinal) || line.StartsWith("http_server_request", StringComparison.Ordinal));
        await server.ScrapeAsync();
        await TrafficAsync(0);
        var before = Series(await server.ScrapeAsync());
        await TrafficAsync(50);
        Assert.Equal(before, Series(await server.ScrapeAsync()));
    }

    [Theory, OnEachDatabase]
    public async Task An_answer_by_the_error_page_is_measured_under_the_route_that_was_asked_for(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Logging__LogLevel__Authly.Access"] = "Information" });
        await server.GetAsync(new AuthorizationRequest("nobody").Url);
        await server.UserInfoAsync("garbage");
        await server.GetAsync("/nothing-here");
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("http_server_request_duration_seconds_count", ("http_route", "/oauth/authorize"), ("http_response_status_code", "400")));
        Assert.Equal(1, scrape.Sum("http_server_request_duration_seconds_count", ("http_route", "/oidc/userinfo"), ("http_response_status_code", "401")));
        Assert.Equal(0, scrape.Sum("http_server_request_duration_seconds_count", ("http_route", "error")));
        Assert.Contains("GET /oauth/authorize 400", server.Output, StringComparison.Ordinal);
        Assert.Contains("GET _OTHER 404", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_have_a_port_of_their_own_that_serves_nothing_else()
    {
        var port = Network.FreePort();
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string> { ["Authly__Metrics__Port"] = $"{port}" });
        using var http = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
        Assert.Contains("target_info", await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(200, (int)(await http.GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(404, (int)(await http.GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(404, (await server.GetAsync("/metrics")).Status);
        using var spoofed = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        spoofed.Headers.Host = $"localhost:{port}";
        Assert.Equal(404, (int)(await server.Http.SendAsync(spoofed, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Every_method_on_every_route_does_not_push_out_the_series_that_alerts_watch()
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite);
        string[] routes = ["/oauth/token", "/oauth/authorize", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oidc/logout", "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/", "/account", "/account/login", "/account/password", "/account/logout", "/account/consent", "/try", "/insights",
            "/health", "/health/live", "/health/ready"];
        foreach (var version in new[] { new Version(1, 0), new Version(1, 1) })
        {
            foreach (var method in new[] { "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW" })
            {
                foreach (var route in routes.Where(route => (route, method) is not ("/oauth/token", "POST")))
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), route) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
                    using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
                }
            }
        }

        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("http_server_request_duration_seconds_count", ("http_route", "/oauth/token"), ("http_response_status_code", "200")));
        Assert.DoesNotContain("otel_metric_overflow", scrape.Text, StringComparison.Ordinal);
    }
}
