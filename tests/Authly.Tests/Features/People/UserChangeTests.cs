using Authly.Tests.Harness;

namespace Authly.Tests.Features.People;

public sealed class UserChangeTests
{
    [Theory, OnEachDatabase]
    public async Task Groups_and_claims_that_are_changed_are_told_and_what_is_not_named_stays(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        await shared.TellAsync("user", "update", "alice", "--group", "night", "--claim", "nickname=Al");
        var info = await server.UserInfoAsync((await server.TokensAsync())["access_token"]);
        Assert.Equal(("Al", "alice@example.com"), (info["nickname"], info["email"]));
        await shared.TellAsync("user", "update", "alice", "--claim", "nickname=");
        Assert.Null((await server.UserInfoAsync((await server.TokensAsync())["access_token"]))["nickname"]);
        foreach (var (claim, fault) in new[]
        {
            ("sub=me", "sub is a name that the protocol gives a meaning."),
            ("email_verified=perhaps", "email_verified has the wrong type."),
        })
        {
            Assert.Equal($"authly user update: {fault}", await shared.RefusedAsync("user", "update", "alice", "--claim", claim));
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_deleted_person_is_out_with_all_tokens_and_only_the_audit_log_remembers(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        await shared.TellAsync("user", "delete", "alice");
        Assert.Equal(401, (await server.UserInfoAsync(tokens["access_token"])).Status);
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        foreach (var table in new[] { "sessions", "consents", "authorizations", "tokens" })
            Assert.Equal(0, await shared.CountAsync(table));
        Assert.True(await shared.CountAsync("audit_events where \"Subject\" is not null") > 0);
        Assert.Equal("authly user delete: There is no such account.", await shared.RefusedAsync("user", "delete", "alice"));
    }
}
