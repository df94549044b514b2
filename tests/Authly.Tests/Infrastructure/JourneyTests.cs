using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>A journey is counted once, as how it ended, by one instance.</summary>
public sealed class JourneyTests
{
    private const string Flows = "authly_authorization_flows_total";
    private const string Durations = "authly_authorization_flow_duration_seconds_count";
    private static readonly (string, string)[] EachSecond = [("Authly__Metrics__GaugeInterval", "00:00:01")];

    [Theory, OnEachDatabase]
    public async Task Finished_denied_and_abandoned_journeys_come_out_as_what_they_were(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, EachSecond);
        await using var server = await shared.StartAsync();
        await using var another = await shared.StartAsync();
        for (var journey = 0; journey < 10; journey++)
        {
            using var person = new Person(server);
            Assert.Contains("code", await person.AuthorizeAsync(new AuthorizationRequest()));
        }

        for (var journey = 0; journey < 3; journey++)
        {
            using var person = new Person(server);
            var answer = await person.AuthorizeAsync(new AuthorizationRequest().With("prompt", "consent"), "deny");
            Assert.Equal("access_denied", answer["error"]);
        }

        for (var journey = 0; journey < 4; journey++)
        {
            using var person = new Person(server);
            Assert.Equal("Sign in · Authly", (await person.VisitAsync(new AuthorizationRequest().Url)).Title);
        }

        for (var journey = 0; journey < 2; journey++)
        {
            using var person = new Person(server);
            var login = await person.VisitAsync(new AuthorizationRequest().With("prompt", "consent").Url);
            var consent = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
            Assert.Equal("Allow access · Authly", consent.Title);
        }

        var (time, abandoned) = (DateTime.UtcNow.AddSeconds(-1), 0.0);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(13, (await server.ScrapeAsync()).Sum(Flows));
        var zone = database == Database.Postgres ? "Z" : "";
        await shared.ExecuteAsync($"update interactions set \"ExpiresAt\" = '{time:yyyy-MM-dd HH:mm:ss}{zone}'");
        for (var attempt = 0; attempt < 50 && abandoned < 6; attempt++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            abandoned = await SumAsync(("outcome", "abandoned"));
        }

        // A few more rounds of both instances: nothing is counted again.
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        foreach (var (interaction, outcome, count) in new[]
        {
            ("login_consent", "code", 1), ("login", "code", 9), ("login_consent", "denied", 3), ("login", "abandoned", 4),
            ("login_consent", "abandoned", 2),
        })
        {
            Assert.Equal((interaction, outcome, count),
                (interaction, outcome, (int)await SumAsync(("interaction", interaction), ("outcome", outcome))));
        }

        Assert.Equal(19, await SumAsync());
        Assert.Equal(13, (await server.ScrapeAsync()).Sum(Durations));

        async Task<double> SumAsync(params (string, string)[] labels) =>
            (await server.ScrapeAsync()).Sum(Flows, labels) + (await another.ScrapeAsync()).Sum(Flows, labels);
    }

    [Theory, OnEachDatabase]
    public async Task What_is_answered_at_once_is_a_journey_without_pages_and_what_proves_no_redirect_URI_is_none(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        await alice.VisitAsync(new AuthorizationRequest().With("prompt", "none").Url);
        await server.GetAsync(new AuthorizationRequest().With("prompt", "none").Url);
        await server.GetAsync(new AuthorizationRequest().With("response_type", "made-up").Url);
        await server.GetAsync(new AuthorizationRequest().With("redirect_uri", "https://evil.example/").Url);
        await server.GetAsync(new AuthorizationRequest("nobody").Url);
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum(Flows, ("interaction", "none"), ("outcome", "code")));
        Assert.Equal(2, scrape.Sum(Flows, ("interaction", "none"), ("outcome", "error")));
        Assert.Equal(4, scrape.Sum(Flows));
    }

    [Theory, OnEachDatabase]
    public async Task Requests_that_come_with_one_handle_at_once_end_one_journey(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var login = await alice.VisitAsync(new AuthorizationRequest().With("prompt", "login").Url);
        // The form is sent twice, and its way back is taken eight times.
        (string, string)[] form = [("Username", "alice"), ("Password", "correct horse battery")];
        await Task.WhenAll(login.SubmitAsync(form), login.SubmitAsync(form));
        var back = $"/oauth/authorize{login.Url.Query}";
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => alice.VisitAsync(back)));
        var scrape = await server.ScrapeAsync();
        Assert.Equal(2, scrape.Sum(Flows));
        Assert.Equal(1, scrape.Sum(Flows, ("interaction", "login"), ("outcome", "code")));
    }
}
