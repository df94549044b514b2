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
                {
                    var moved = now.Sum(name, labels) - last.Sum(name, labels);
                    Assert.Equal((name, string.Join(',', labels), by), (name, string.Join(',', labels), moved));
                }

                var all = now.Sum(instrument.Key) - last.Sum(instrument.Key);
                Assert.Equal((instrument.Key, instrument.Sum(series => series.By)), (instrument.Key, all));
            }

            last = now;
        }

        const string Authorizations = "authly_oauth_authorization_requests_total", Logins = "authly_auth_login_attempts_total",
            Failures = "authly_auth_failed_login_attempts_total", Events = "authly_security_events_total",
            Endpoints = "authly_oauth_endpoint_requests_total", Generated = "authly_oauth_token_generation_duration_seconds_count",
            Hashes = "authly_password_hash_duration_seconds_count", Passwords = "authly_auth_password_operations_total";
        using var alice = new Person(server);
        (string, (string, string)[], double) Authorization(string status) =>
            (Authorizations, [("response_type", "code"), ("status", status)], 1);
        (string, (string, string)[], double) Event(string type, string severity, double by = 1) =>
            (Events, [("event_type", type), ("severity", severity)], by);

        var request = new AuthorizationRequest();
        string code = "", verifier = request.Verifier;
        await ExpectAsync(async () => code = (await alice.AuthorizeAsync(request))["code"],
            Authorization("login"), Authorization("consent"), Authorization("success"),
            (Logins, [("method", "password"), ("status", "success")], 1), (Hashes, [("outcome", "match")], 1),
            (Generated, [("token_type", "code")], 1));
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().With("response_type", "made-up").Url),
            (Authorizations, [("response_type", "_OTHER"), ("status", "unsupported_response_type")], 1));
        await ExpectAsync(() => new Person(server).PostAsync("/oauth/authorize", [.. new AuthorizationRequest().Parameters]),
            Authorization("repeat"), Authorization("login"));

        // Security events, each by its cause.
        await ExpectAsync(() => server.RedeemAsync(code, new string('x', 43)), Event("pkce_failed", "warning"));
        Answer tokens = null!;
        await ExpectAsync(async () => tokens = await server.RedeemAsync(code, verifier),
            (Generated, [("token_type", "access")], 1), (Generated, [("token_type", "refresh")], 1),
            (Generated, [("token_type", "id")], 1), Event("code_replay", "critical", by: 0));
        await ExpectAsync(() => server.RedeemAsync(code, verifier), Event("code_replay", "critical"));
        tokens = await server.TokensAsync();
        await server.RefreshAsync(tokens["refresh_token"]!);
        last = await server.ScrapeAsync();
        await ExpectAsync(() => server.RefreshAsync(tokens["refresh_token"]!), Event("refresh_token_reuse", "critical"),
            ("authly_oauth_refresh_reuse_age_seconds_count", [], 1));
        await ExpectAsync(() => server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web:wrong"),
            Event("client_auth_failed", "warning"));
        await ExpectAsync(() => server.GetAsync(new AuthorizationRequest().With("redirect_uri", "https://evil.example/").Url),
            Event("redirect_mismatch", "warning"));
        await ExpectAsync(() => alice.PostAsync("/account/logout"), Event("csrf_failed", "warning"));
        await ExpectAsync(() => alice.VisitAsync("/admin"), Event("administration_refused", "warning"));

        // Tries to sign in that fail, by their reason.
        foreach (var (username, password, reason, hashes) in new[]
        {
            ("alice", "wrong", "wrong_password", 1), ("nobody", "wrong", "unknown_user", 1),
            ("mallory", "correct horse battery", "disabled", 0), ("", "wrong", "malformed", 0),
        })
        {
            using var person = new Person(server);
            await ExpectAsync(
                async () => await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password)),
                (Logins, [("method", "password"), ("status", "failed")], 1), (Failures, [("reason", reason)], 1),
                (Hashes, [("outcome", "mismatch")], hashes), (Hashes, [("outcome", "match")], reason == "disabled" ? 1 : 0));
        }

        using var bob = new Person(server, "bob");
        await bob.AuthorizeAsync(new AuthorizationRequest());
        last = await server.ScrapeAsync();
        async Task ChangeAsync(string current) => await (await bob.VisitAsync("/account/password"))
            .SubmitAsync(("CurrentPassword", current), ("NewPassword", "another good one"));
        await ExpectAsync(() => ChangeAsync("wrong"), (Passwords, [("operation", "change"), ("status", "failed")], 1));
        await ExpectAsync(() => ChangeAsync("correct horse battery"),
            (Passwords, [("operation", "change"), ("status", "success")], 1), (Hashes, [("outcome", "hashed")], 1),
            (Hashes, [("outcome", "match")], 1));

        // The other endpoints.
        foreach (var (endpoint, status, act) in new (string, string, Func<Task>)[]
        {
            ("userinfo", "missing_token", () => server.UserInfoAsync(accessToken: null)),
            ("introspection", "inactive", () => server.PostAsync("/oauth/introspect", new { token = "x" }, Flows.Web)),
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
}
