using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Authly.Tests.Infrastructure;

/// <summary>What waits, hears and runs in the background, each by exactly what happened.</summary>
public sealed class BackgroundCatalogueTests
{
    private static readonly (string, string)[] EachSecond = [("Authly__Metrics__GaugeInterval", "00:00:01")];

    [Theory, OnEachDatabase]
    public async Task What_waits_for_the_database_is_measured_by_queue(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        for (var request = 0; request < 5; request++)
            await Registrations.TokenAsync(server, "service:service-secret-for-tests");
        var tokens = await server.TokensAsync();
        await server.IsActiveAsync(tokens["access_token"]!);
        var scrape = await server.ScrapeAsync();
        // A code, its redemption, and five tokens of the service.
        Assert.Equal(7, scrape.Sum("authly_queue_wait_seconds_count", ("queue", "token_writes")));
        foreach (var queue in new[] { "token_writes", "token_reads", "sessions" })
        {
            var waited = scrape.Sum("authly_queue_wait_seconds_count", ("queue", queue));
            Assert.True(waited > 0, queue);
            Assert.Equal((queue, waited), (queue, scrape.Sum("authly_batch_size_sum", ("queue", queue))));
        }

        Assert.Contains("authly_queue_refused_total{queue=\"accounts\"} 0", scrape.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_finds_a_queue_full_is_refused_and_counted()
    {
        await using var composition = Composition.Build("");
        var instruments = composition.Services.GetRequiredService<Instruments>();
        var refused = 0L;
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == "authly.queue.refused")
                own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref refused, count));
        listener.Start();
        using var idle = new Idle(instruments, composition.Services.GetRequiredService<Readings>());
        for (var item = 0; item < 10_000; item++)
            _ = idle.AddAsync();
        Assert.Equal(0, Volatile.Read(ref refused));
        await Assert.ThrowsAsync<RefusedException>(idle.AddAsync);
        Assert.Equal(1, Volatile.Read(ref refused));
    }

    [Theory, OnEachDatabase]
    public async Task A_job_that_fails_is_counted_as_one_that_failed(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, EachSecond);
        await using var server = await shared.StartAsync();
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var before = await server.ScrapeAsync();
        Assert.True(Runs(before, "success") > 0);
        Assert.Equal(0, Runs(before, "failed"));
        await shared.ExecuteAsync("alter table sessions rename to elsewhere");
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.InRange(Runs(await server.ScrapeAsync(), "failed"), 1, 4);

        static double Runs(Scrape scrape, string outcome) =>
            scrape.Sum("authly_background_job_duration_seconds_count", ("job", "gauges"), ("outcome", outcome));
    }

    [Fact]
    public async Task A_change_in_PostgreSQL_is_heard_once_with_its_lag()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres);
        await using var server = await shared.StartAsync();
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        var before = await server.ScrapeAsync();
        await shared.ExecuteAsync("update scopes set \"DisplayName\" = 'x' where \"Name\" = 'orders.read'");
        // As an earlier version's trigger told it, and what is nobody's.
        await shared.ExecuteAsync("select pg_notify('authly_changes', 'registrations')");
        await shared.ExecuteAsync("select pg_notify('authly_changes', 'whatever 1')");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var after = await server.ScrapeAsync();
        Assert.Equal(2, Moved("authly_change_notifications_total"));
        Assert.Equal(1, Moved("authly_change_lag_seconds_count"));
        Assert.InRange(Moved("authly_change_lag_seconds_sum"), 0, 0.5);

        double Moved(string name) => after.Sum(name, ("source", "postgres")) - before.Sum(name, ("source", "postgres"));
    }

    /// <summary>A worker that was not started.</summary>
    private sealed class Idle(Instruments instruments, Readings readings)
        : BatchWorker<int, int>(QueueName.Accounts, workers: 1, instruments, readings)
    {
        public Task<int> AddAsync() => EnqueueAsync(1);

        protected override Task<IReadOnlyList<int>> RunAsync(IReadOnlyList<int> batch) => Task.FromResult(batch);
    }
}
