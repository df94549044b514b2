using Authly.Tests.Harness;
using static Authly.Tests.Infrastructure.AuditTests;

namespace Authly.Tests.Infrastructure;

/// <summary>The audit log keeps what it has, as long as it should, and cannot be flooded.</summary>
public sealed class AuditRetentionTests
{
    [Theory, OnEachDatabase]
    public async Task A_row_is_neither_changed_nor_deleted_before_it_ends(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        await server.CodeAsync();
        var rows = await shared.CountAsync("audit_events");
        string[] changes = ["update audit_events set \"Subject\" = null", "delete from audit_events"];
        foreach (var change in database == Database.Postgres ? [.. changes, "truncate audit_events"] : changes)
        {
            var refusal = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => shared.ExecuteAsync(change));
            Assert.Contains("append-only", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(rows, await shared.CountAsync("audit_events"));
    }

    [Theory, OnEachDatabase]
    public async Task Rows_leave_when_they_have_been_kept_long_enough(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(
            database, ("Authly__Pruning__Interval", "00:00:01"), ("Authly__Pruning__Retention", "00:00:00"),
            ("Authly__Audit__Retention", "00:00:03"));
        await using var server = await shared.StartAsync();
        await server.CodeAsync();
        await shared.WaitForRowsAsync(("audit_events", 0));
        var scrape = await server.ScrapeAsync();
        // Those of the seed file, and the keys', the sign-in's and the consent's.
        Assert.Equal(19, Audited(scrape, "recorded"));
        Assert.Equal(19, scrape.Sum("authly_tokens_pruned_total", ("table", "audit_events")));
    }

    [Theory, OnEachDatabase]
    public async Task A_flood_has_a_hundred_rows_and_the_next_one_says_how_many_it_stands_for(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        await Parallel.ForAsync(0, 150, async (_, _) =>
            await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web:wrong"));
        await Task.Delay(TimeSpan.FromSeconds(11), TestContext.Current.CancellationToken);
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web:wrong");
        var scrape = await server.ScrapeAsync();
        Assert.Equal(151, scrape.Sum("authly_security_events_total", ("event_type", "client_auth_failed")));
        var failures = (await ExportAsync(shared)).Where(entry => Text(entry, "event") == "client_auth_failed").ToList();
        Assert.InRange(failures.Count, 101, 110);
        Assert.Equal(151, failures.Count + failures.Sum(entry => entry.GetProperty("folded").GetInt32()));
        Assert.Equal(151 - failures.Count, Audited(scrape, "folded"));
    }
}
