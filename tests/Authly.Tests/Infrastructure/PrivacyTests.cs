using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class PrivacyTests
{
    [Theory, OnEachDatabase]
    public async Task No_secret_token_code_name_or_address_reaches_a_log_a_metric_or_a_span(Database database)
    {
        await using var collector = await Collector.StartAsync();
        // Everything that would be said at Information, said, as Production says it.
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Logging__LogLevel__Default"] = "Information",
            ["Logging__LogLevel__Authly.Access"] = "Information",
            ["Logging__Console__FormatterName"] = "authly",
            ["Authly__Metrics__ClientId"] = "Hashed",
            ["Authly__Metrics__Otlp__Endpoint"] = collector.Endpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        });
        var secrets = new List<string>
        {
            "correct horse battery", Flows.WebSecret, "alice", "alice@example.com", "forged", "127.0.0.1", "::1",
        };
        var (code, verifier) = await server.CodeAsync();
        var tokens = await server.RedeemAsync(code, verifier);
        var refreshed = await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RedeemAsync(code, verifier);
        secrets.AddRange(
        [
            code, verifier, tokens["access_token"]!, tokens["id_token"]!, tokens["refresh_token"]!, refreshed["refresh_token"]!,
        ]);
        await server.UserInfoAsync(tokens["access_token"]);
        await server.PostAsync("/oauth/revoke", new { token = refreshed["refresh_token"]! }, Flows.Web);
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web%0aforged:wrong-secret-of-the-client");
        await server.GetAsync(new AuthorizationRequest("x\r\nforged: line").With("login_hint", "alice").Url);
        const string Evil = "http://evil.example/?user=alice@example.com&code=SECRETCODE";
        await server.GetAsync(new AuthorizationRequest("native").With("redirect_uri", Evil).Url);
        secrets.Add("SECRETCODE");
        using var person = new Person(server);
        await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "a wrong password"));
        secrets.AddRange(["wrong-secret-of-the-client", "a wrong password"]);

        await server.GetAsync($"/oauth/authorize/{code}?username=alice");
        await server.GetAsync("/.well-known/jwks.json");

        bool Exported() => collector.Traces.Contains("GET /.well-known/jwks.json", StringComparison.Ordinal);
        for (var attempt = 0; attempt < 100 && !Exported(); attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        var metrics = (await server.ScrapeAsync()).Text;
        Assert.Contains("authly_security_events_total", metrics, StringComparison.Ordinal);
        Assert.Contains("Authly.Access", server.Output, StringComparison.Ordinal);
        Assert.Contains("POST /oauth/token", collector.Traces, StringComparison.Ordinal);
        secrets.AddRange(person.Cookies.Split("; ").Select(cookie => cookie.Split('=', 2)[1]));
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, server.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, collector.Traces, StringComparison.Ordinal);
        }
    }
}
