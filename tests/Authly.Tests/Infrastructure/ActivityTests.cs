using Authly.Infrastructure.Observability;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Who is active is counted by day, written once, and forgotten.</summary>
public sealed class ActivityTests
{
    private static readonly (string, string)[] EachSecond = [("Authly__Metrics__GaugeInterval", "00:00:01")];

    [Theory, OnEachDatabase]
    public async Task Active_people_and_clients_are_different_ones_by_day_and_written_once(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, EachSecond);
        await using var server = await shared.StartAsync();
        await server.TokensAsync();
        await server.TokensAsync();
        using var bob = new Person(server, "bob");
        await (await bob.VisitAsync("/account/login")).SubmitAsync(("Username", "bob"), ("Password", "correct horse battery"));
        for (var request = 0; request < 20; request++)
            await Registrations.TokenAsync(server, "service:service-secret-for-tests");
        await Registrations.TokenAsync(server, "service:wrong");
        // Two people, web and service.
        await shared.WaitForRowsAsync(("activity_days", 4));
        var today = DateOnly.FromDateTime(DateTime.UtcNow).DayNumber;
        foreach (var (age, subject) in new[] { (6, "of last week"), (29, "of last month"), (30, "of before"), (40, "long gone") })
            await shared.ExecuteAsync($"insert into activity_days values ({today - age}, 1, '{subject}')");
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        var scrape = await server.ScrapeAsync();
        foreach (var (window, users, clients) in new[] { ("1d", 2, 2), ("7d", 2, 3), ("30d", 2, 4) })
        {
            Assert.Equal((window, users, clients), (window, (int)scrape.Sum("authly_active_users", ("window", window)),
                (int)scrape.Sum("authly_active_clients", ("window", window))));
        }
    }

    [Fact]
    public void What_could_not_be_written_comes_up_again_and_what_was_written_does_not()
    {
        var day = new Today();
        var activities = new Activities(day);
        var subject = new ActiveSubject(Guid.NewGuid(), Client: null);
        activities.Seen(subject);
        activities.Seen(subject);
        Assert.Single(activities.Take(10));
        // The write failed.
        activities.Seen(subject);
        Assert.Single(activities.Take(10));
        activities.Wrote(activities.Today, [subject]);
        activities.Seen(subject);
        Assert.Empty(activities.Take(10));
        day.Now = day.Now.AddDays(1);
        activities.Seen(subject);
        Assert.Single(activities.Take(10));
    }

    [Fact]
    public void One_who_comes_all_the_time_takes_no_room_from_others_until_it_is_written()
    {
        var activities = new Activities(new Today());
        for (var request = 0; request < 10_000; request++)
            activities.Seen(new ActiveSubject(default, "busy"));
        var person = new ActiveSubject(Guid.NewGuid(), Client: null);
        activities.Seen(person);
        Assert.Equal(2, activities.Take(10).Count);
    }

    [Theory, OnEachDatabase]
    public async Task Days_that_no_window_reaches_are_deleted(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Pruning__Interval", "00:00:01"));
        await using var server = await shared.StartAsync();
        var today = DateOnly.FromDateTime(DateTime.UtcNow).DayNumber;
        foreach (var age in new[] { 3, 30, 34, 400 })
            await shared.ExecuteAsync($"insert into activity_days values ({today - age}, 1, 'a client')");
        await shared.WaitForRowsAsync(("activity_days", 2));
        var pruned = (await server.ScrapeAsync()).Sum("authly_tokens_pruned_total", ("table", "activity_days"));
        Assert.Equal(2, pruned);
    }

    private sealed class Today : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
