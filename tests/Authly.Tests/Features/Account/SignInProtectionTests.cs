using Authly.Tests.Harness;

namespace Authly.Tests.Features.Account;

/// <summary>Guessing is slow, and its victim gets in.</summary>
public sealed class SignInProtectionTests
{
    private const string Right = "correct horse battery";
    private const string Hashes = "authly_password_hash_duration_seconds_count";
    private const string Throttled = "authly_auth_throttled_total";

    [Theory, OnEachDatabase]
    public async Task Of_100_parallel_guesses_no_more_are_hashed_than_may_be_made_without_a_wait(Database database)
    {
        await using var server = await StartAsync(database, ("Authly__Passwords__QueueLength", "200"));
        var before = await server.ScrapeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(index => TryAsync(server, "alice", $"wrong {index}")));
        Assert.All(answers, page => Assert.Contains("not right", page.Text, StringComparison.Ordinal));
        var after = await server.ScrapeAsync();
        // Five at once, and those that a second of waiting lets through one by one.
        Assert.InRange(after.Sum(Hashes) - before.Sum(Hashes), 5, 12);
        Assert.True(after.Sum(Throttled, ("kind", "account")) > 80);
        Assert.Contains("authly_auth_failed_login_attempts_total{reason=\"throttled\"", after.Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task The_owner_signs_in_by_a_browser_that_the_account_knows_while_strangers_guess(Database database)
    {
        await using var server = await StartAsync(database);
        using var owner = new Person(server);
        Assert.Equal("Your account · Authly", (await TryAsync(owner, "alice", Right)).Title);
        await (await owner.VisitAsync("/account/logout")).SubmitAsync();
        for (var guess = 0; guess < 8; guess++)
            await TryAsync(server, "alice", "wrong");
        // A stranger with the right password must wait, and reads the same as with a wrong one.
        Assert.Contains("not right", (await TryAsync(server, "alice", Right)).Text, StringComparison.Ordinal);
        Assert.Equal("Your account · Authly", (await TryAsync(owner, "alice", Right)).Title);
        // The budget of a known browser is bounded, too.
        await (await owner.VisitAsync("/account/logout")).SubmitAsync();
        for (var guess = 0; guess < 6; guess++)
            await TryAsync(owner, "alice", "wrong");
        Assert.Contains("not right", (await TryAsync(owner, "alice", Right)).Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_success_forgets_the_failures_and_a_wait_ends(Database database)
    {
        await using var server = await StartAsync(database);
        for (var round = 0; round < 3; round++)
        {
            for (var guess = 0; guess < 3; guess++)
                await TryAsync(server, "alice", "wrong");
            Assert.Equal("Your account · Authly", (await TryAsync(server, "alice", Right)).Title);
        }

        for (var guess = 0; guess < 5; guess++)
            await TryAsync(server, "bob", "wrong");
        Assert.Contains("not right", (await TryAsync(server, "bob", Right)).Text, StringComparison.Ordinal);
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.Equal("Your account · Authly", (await TryAsync(server, "bob", Right)).Title);
    }

    [Theory, OnEachDatabase]
    public async Task One_password_tried_with_many_names_is_stopped_at_its_address(Database database)
    {
        await using var server = await StartAsync(database, ("Authly__SignIn__AddressFailures", "10"));
        for (var name = 0; name < 12; name++)
            await TryAsync(server, $"somebody-{name}", "Summer 2026!");
        Assert.True((await server.ScrapeAsync()).Sum(Throttled, ("kind", "address")) >= 1);
    }

    [Theory, OnEachDatabase]
    public async Task The_address_is_the_connections_unless_a_trusted_proxy_names_another(Database database)
    {
        foreach (var (trusted, throttled) in new[] { ("10.1.2.3", true), ("127.0.0.0/8", false) })
        {
            await using var server = await StartAsync(
                database, ("Authly__SignIn__AddressFailures", "5"), ("Authly__TrustedProxies__0", trusted));
            for (var index = 0; index < 8; index++)
            {
                using var stranger = new Person(server);
                stranger.Header("X-Forwarded-For", $"198.51.100.{index}");
                await TryAsync(stranger, $"somebody-{index}", "wrong");
            }

            Assert.Equal(throttled, (await server.ScrapeAsync()).Sum(Throttled, ("kind", "address")) > 0);
        }
    }

    private static Task<AuthlyServer> StartAsync(Database database, params (string Name, string Value)[] settings) =>
        AuthlyServer.StartAsync(database, settings.ToDictionary(setting => setting.Name, setting => setting.Value));

    private static async Task<Person.Page> TryAsync(AuthlyServer server, string name, string password)
    {
        using var stranger = new Person(server);
        return await TryAsync(stranger, name, password);
    }

    private static async Task<Person.Page> TryAsync(Person person, string name, string password) =>
        await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", name), ("Password", password));
}
