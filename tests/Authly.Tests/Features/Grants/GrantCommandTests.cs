using Authly.Tests.Harness;

namespace Authly.Tests.Features.Grants;

public sealed class GrantCommandTests
{
    [Theory, OnEachDatabase]
    public async Task A_stolen_token_s_grant_is_found_by_its_id_and_ends_with_all_its_tokens_and_no_other(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var (stolen, kept) = (await server.TokensAsync(), await server.TokensAsync());
        var jti = Jwt.Payload(stolen["access_token"]!).GetProperty("jti").GetString()!;
        var grant = Assert.Single(await ListAsync(shared, "--token-id", jti));
        Assert.Equal(2, (await ListAsync(shared, "--user", "ALICE", "--client", "web")).Count);
        Assert.Equal([grant], (await ListAsync(shared, "--limit", "1", "--after", (await ListAsync(shared, "--limit", "1"))[0])).ToArray());

        Assert.Equal(1, (await shared.TellAsync("grant", "revoke", "--id", grant)).GetProperty("revoked").GetInt32());
        Assert.False(await server.IsActiveAsync(stolen["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(stolen["refresh_token"]!)).Error);
        Assert.True(await server.IsActiveAsync(kept["access_token"]!));
        Assert.Empty(await ListAsync(shared, "--token-id", jti));

        await shared.TellAsync("grant", "revoke", "--user", "alice");
        Assert.False(await server.IsActiveAsync(kept["access_token"]!));
        Assert.Equal("authly grant revoke: There is no such grant.",
            await shared.RefusedAsync("grant", "revoke", "--id", Guid.NewGuid().ToString()));
        Assert.Equal("authly grant list: There is no such account.", await shared.RefusedAsync("grant", "list", "--user", "nobody"));
    }

    [Theory, OnEachDatabase]
    public async Task All_that_a_client_holds_ends_at_once_what_it_was_given_for_itself_too(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var people = await server.TokensAsync();
        var own = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" },
            "service:service-secret-for-tests");
        await shared.TellAsync("grant", "revoke", "--client", "service");
        Assert.False(await server.IsActiveAsync(own["access_token"]!));
        Assert.True(await server.IsActiveAsync(people["access_token"]!));
        await shared.TellAsync("grant", "revoke", "--client", "web");
        Assert.False(await server.IsActiveAsync(people["access_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task A_session_that_is_ended_is_over_in_its_browser_and_no_other(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var one = new Person(server);
        using var other = new Person(server);
        foreach (var person in new[] { one, other })
            await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        var sessions = (await shared.TellAsync("session", "list", "--user", "alice")).GetProperty("sessions").EnumerateArray().ToList();
        Assert.Equal(2, sessions.Count);
        await shared.TellAsync("session", "end", "--id", sessions[0].GetProperty("sid").GetString()!);
        Assert.Equal("Sign in · Authly", (await other.VisitAsync("/account")).Title);
        Assert.Equal("Your account · Authly", (await one.VisitAsync("/account")).Title);
        await shared.TellAsync("session", "end", "--user", "alice");
        Assert.Equal("Sign in · Authly", (await one.VisitAsync("/account")).Title);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(SharedDatabase shared, params string[] words) =>
        [.. (await shared.TellAsync(["grant", "list", .. words])).GetProperty("grants").EnumerateArray()
            .Select(grant => grant.GetProperty("id").GetString()!)];
}
