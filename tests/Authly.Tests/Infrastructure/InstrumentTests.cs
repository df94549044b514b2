using System.Text.Json;
using Authly.Infrastructure.Observability;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Every instrument that Authly declares moves, and by exactly what happened.</summary>
public sealed class InstrumentTests
{
    [Theory, OnEachDatabase]
    public async Task Each_counter_moves_by_exactly_what_happened(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        var last = await server.ScrapeAsync();

        // Each series moves by its number, and all the other series of its instrument stay where they are.
        async Task ExpectAsync(Func<Task> act, params (string Name, (string, string)[] Labels, double By)[] expected)
        {
            await act();
            var now = await server.ScrapeAsync();
            foreach (var instrument in expected.GroupBy(series => series.Name))
            {
                foreach (var (name, labels, by) in instrument)
                    Assert.Equal((name, string.Join(',', labels), by), (name, string.Join(',', labels), now.Sum(name, labels) - last.Sum(name, labels)));
                Assert.Equal((instrument.Key, instrument.Sum(series => series.By)), (instrument.Key, now.Sum(instrument.Key) - last.Sum(instrument.Key)));
            }

            last = now;
        }

        const string Authorizations = "authly_oauth_authorization_requests_total", Logins = "authly_auth_login_attempts_total", Failures = "authly_auth_failed_login_attempts_total",
            Events = "authly_security_events_total", Endpoints = "authly_oauth_endpoint_requests_total", Generated = "authly_oauth_token_generation_duration_seconds_count",
            Hashes = "authly_password_hash_duration_seconds_count", Passwords = "authly_auth_password_operations_total";
        using var alice = new Person(server);
        (string, (string, string)[], double) Authorization(string status) => (Authorizations, [("response_type", "code"), ("status", status)], 1);
        (string, (string, string)[], double) Event(string type, string severity, double by = 1) => (Events, [("event_type", type), ("severity", severity)], by);

        var request = new AuthorizationRequest();
        string code = "", verifier = request.Verifier;
        await ExpectAsync(async () => code = (await alice.AuthorizeAsync(request))["code"],
            Authorization("login"), Authorization("consent"), Authorization("success"),
            (Logins, [("method", "password"), ("status", "success")], 1), (Hashes, [("outcome", "match")], 1), (Generated, [("token_type", "code")], 1));
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().With("response_type", "made-up").Url), (Authorizations, [("response_type", "_OTHER"), ("status", "unsupported_response_type")], 1));
        await ExpectAsync(() => new Person(server).PostAsync("/oauth/authorize", [.. new AuthorizationRequest().Parameters]), Authorization("repeat"), Authorization("login"));

        // Security events, each by its cause.
        await ExpectAsync(() => server.RedeemAsync(code, new string('x', 43)), Event("pkce_failed", "warning"));
        Answer tokens = null!;
        await ExpectAsync(async () => tokens = await server.RedeemAsync(code, verifier),
            (Generated, [("token_type", "access")], 1), (Generated, [("token_type", "refresh")], 1), (Generated, [("token_type", "id")], 1), Event("code_replay", "critical", by: 0));
        await ExpectAsync(() => server.RedeemAsync(code, verifier), Event("code_replay", "critical"));
        tokens = await server.TokensAsync();
        await server.RefreshAsync(tokens["refresh_token"]!);
        last = await server.ScrapeAsync();
        await ExpectAsync(() => server.RefreshAsync(tokens["refresh_token"]!), Event("refresh_token_reuse", "critical"));
        await ExpectAsync(() => server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web:wrong"), Event("client_auth_failed", "warning"));
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().With("redirect_uri", "https://evil.example/").Url), Event("redirect_mismatch", "warning"));
        await ExpectAsync(() => alice.PostAsync("/account/logout"), Event("csrf_failed", "warning"));

        // Tries to sign in that fail, by their reason.
        foreach (var (username, password, reason, hashes) in new[]
        {
            ("alice", "wrong", "wrong_password", 1), ("nobody", "wrong", "unknown_user", 1), ("mallory", "correct horse battery", "disabled", 0), ("", "wrong", "malformed", 0),
        })
        {
            using var person = new Person(server);
            await ExpectAsync(async () => await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password)),
                (Logins, [("method", "password"), ("status", "failed")], 1), (Failures, [("reason", reason)], 1), (Hashes, [("outcome", "mismatch")], hashes), (Hashes, [("outcome", "match")], reason == "disabled" ? 1 : 0));
        }

        using var bob = new Person(server, "bob");
        await bob.AuthorizeAsync(new AuthorizationRequest());
        last = await server.ScrapeAsync();
        await ExpectAsync(async () => await (await bob.VisitAsync("/account/password")).SubmitAsync(("CurrentPassword", "wrong"), ("NewPassword", "another good one")),
            (Passwords, [("operation", "change"), ("status", "failed")], 1));
        await ExpectAsync(async () => await (await bob.VisitAsync("/account/password")).SubmitAsync(("CurrentPassword", "correct horse battery"), ("NewPassword", "another good one")),
            (Passwords, [("operation", "change"), ("status", "success")], 1), (Hashes, [("outcome", "hashed")], 1), (Hashes, [("outcome", "match")], 1));

        // The other endpoints.
        foreach (var (endpoint, status, act) in new (string, string, Func<Task>)[]
        {
            ("userinfo", "missing_token", () => server.UserInfoAsync(accessToken: null)),
            ("introspection", "success", () => server.PostAsync("/oauth/introspect", new { token = "x" }, Flows.Web)),
            ("introspection", "invalid_client", () => server.PostAsync("/oauth/introspect", new { token = "x" })),
            ("revocation", "success", () => server.PostAsync("/oauth/revoke", new { token = "x" }, Flows.Web)),
            ("end_session", "success", () => server.GetAsync("/oidc/logout")),
            ("discovery", "success", () => server.GetAsync("/.well-known/openid-configuration")),
            ("jwks", "success", () => server.GetAsync("/.well-known/jwks.json")),
        })
        {
            await ExpectAsync(act, (Endpoints, [("endpoint", endpoint), ("status", status)], 1));
        }

        Assert.True(last.Sum("authly_database_queries_total", ("operation", "select"), ("status", "success")) > 0);
        Assert.Equal(last.Sum("authly_database_queries_total"), last.Sum("authly_database_query_duration_seconds_count"));
    }

    [Theory, OnEachDatabase]
    public async Task Gauges_show_what_is_there(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Authly__Metrics__GaugeInterval"] = "00:00:01" });
        await server.TokensAsync();
        // PostgreSQL brings its own estimates up to date within a second or two.
        await Task.Delay(3500, TestContext.Current.CancellationToken);
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("authly_oauth_active_tokens", ("token_type", "access")));
        Assert.Equal(1, scrape.Sum("authly_oauth_active_tokens", ("token_type", "refresh")));
        Assert.Equal(0, scrape.Sum("authly_oauth_active_tokens", ("token_type", "code")));
        Assert.Equal(1, scrape.Sum("authly_auth_active_sessions"));
        Assert.Equal(7, scrape.Sum("authly_oauth_clients"));
        Assert.Equal(3, scrape.Sum("authly_database_table_rows", ("table", "tokens")));
        Assert.Equal(1, scrape.Sum("authly_application_info", ("version", "0.1.0"), ("database", database == Database.Sqlite ? "SQLite" : "PostgreSQL"), ("environment", "Development")));
        Assert.Equal(1, scrape.Sum("authly_health_status", ("check", "database")));
        Assert.InRange(scrape.Sum("authly_uptime_seconds"), 3, 60);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.InRange(scrape.Sum("process_start_time_seconds"), now - 60, now);
        Assert.InRange(scrape.Sum("authly_background_job_last_success_timestamp_seconds", ("job", "gauges")), now - 5, now + 1);
        Assert.True(scrape.Sum("authly_background_job_duration_seconds_count", ("job", "gauges")) >= 3);
        Assert.InRange(scrape.Sum("authly_background_job_last_success_timestamp_seconds", ("job", "key_rotation")), now - 15, now + 1);
        Assert.True(scrape.Sum("authly_background_job_duration_seconds_count", ("job", "key_rotation")) >= 1);
        foreach (var algorithm in new[] { "ES256", "RS256" })
            Assert.InRange(scrape.Sum("authly_signing_key_expiry_timestamp_seconds", ("use", "sig"), ("alg", algorithm)), now + (90 * 86400) - 60, now + (90 * 86400));
        foreach (var phase in new[] { "configuration", "migrations", "keys", "seed", "listening" })
            Assert.True(scrape.Sum("authly_startup_duration_seconds", ("phase", phase)) > 0, phase);
    }

    [Theory]
    [InlineData("Off", null)]
    [InlineData("Registered", "web")]
    [InlineData("Hashed", "hashed")]
    public async Task Client_ids_are_labels_only_when_switched_on_and_only_registered_ones(string mode, string? label)
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, new Dictionary<string, string> { ["Authly__Metrics__ClientId"] = mode, ["Authly__Metrics__GaugeInterval"] = "00:00:01" });
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

        label = mode == "Hashed" ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("web"u8).AsSpan(0, 6)) : label;
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
            clients = clients.Select(client => new { client_id = client, token_endpoint_auth_method = "none", redirect_uris = new[] { "https://app.example/callback" } }),
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
            await server.PostAsync("/oauth/token", new { grant_type = "authorization_code", client_id = client, code = "none", redirect_uri = "https://app.example/callback", code_verifier = new string('v', 43) });
            await server.PostAsync("/oauth/token", new { grant_type = "password", client_id = client });
        }

        var scrape = await server.ScrapeAsync();
        Assert.DoesNotContain("otel_metric_overflow", scrape.Text, StringComparison.Ordinal);
        foreach (var status in new[] { "invalid_grant", "unsupported_grant_type" })
        {
            Assert.All(clients[..ClientLabels.Most], client => Assert.Equal(1, scrape.Sum("authly_oauth_token_requests_total", ("client_id", client), ("status", status))));
            // Those after the oldest 200 share one.
            Assert.Equal(10, scrape.Sum("authly_oauth_token_requests_total", ("client_id", "_other"), ("status", status)));
        }
    }
}
