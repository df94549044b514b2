using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class GaugeTests
{
    [Theory, OnEachDatabase]
    public async Task Gauges_show_what_is_there(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Authly__Metrics__GaugeInterval"] = "00:00:01",
        });
        await server.TokensAsync();
        // PostgreSQL brings its own estimates up to date within a second or two.
        await Task.Delay(3500, TestContext.Current.CancellationToken);
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("authly_oauth_active_tokens", ("token_type", "access")));
        Assert.Equal(1, scrape.Sum("authly_oauth_active_tokens", ("token_type", "refresh")));
        Assert.Equal(0, scrape.Sum("authly_oauth_active_tokens", ("token_type", "code")));
        Assert.Equal(1, scrape.Sum("authly_auth_active_sessions"));
        Assert.Equal(11, scrape.Sum("authly_oauth_clients"));
        Assert.Equal(3, scrape.Sum("authly_database_table_rows", ("table", "tokens")));
        var kind = database == Database.Sqlite ? "SQLite" : "PostgreSQL";
        Assert.Equal(1, scrape.Sum(
            "authly_application_info", ("version", "0.1.0"), ("database", kind), ("environment", "Development")));
        Assert.Equal(1, scrape.Sum("authly_health_status", ("check", "database")));
        Assert.InRange(scrape.Sum("authly_uptime_seconds"), 3, 60);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.InRange(scrape.Sum("process_start_time_seconds"), now - 60, now);
        const string LastSuccess = "authly_background_job_last_success_timestamp_seconds";
        Assert.InRange(scrape.Sum(LastSuccess, ("job", "gauges")), now - 5, now + 1);
        Assert.True(scrape.Sum("authly_background_job_duration_seconds_count", ("job", "gauges")) >= 3);
        Assert.InRange(scrape.Sum(LastSuccess, ("job", "key_rotation")), now - 15, now + 1);
        Assert.True(scrape.Sum("authly_background_job_duration_seconds_count", ("job", "key_rotation")) >= 1);
        foreach (var algorithm in new[] { "ES256", "RS256" })
        {
            var expiry = scrape.Sum("authly_signing_key_expiry_timestamp_seconds", ("use", "sig"), ("alg", algorithm));
            Assert.InRange(expiry, now + (90 * 86400) - 60, now + (90 * 86400));
        }

        foreach (var phase in new[] { "configuration", "migrations", "keys", "seed", "listening" })
            Assert.True(scrape.Sum("authly_startup_duration_seconds", ("phase", phase)) > 0, phase);
    }
}
