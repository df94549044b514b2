using Authly.Tests.Harness;

namespace Authly.Tests.Features.Revocation;

public sealed class RevokeTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_refresh_token_takes_its_access_tokens_along(Database database)
    {
        var server = await servers.SharedAsync(database);
        var first = await server.TokensAsync();
        var second = await server.RefreshAsync(first["refresh_token"]!);
        var answer = await server.PostAsync("/oauth/revoke", new { token = second["refresh_token"]! }, Flows.Web);
        Assert.Equal(200, answer.Status);
        foreach (var token in new[] { first["access_token"]!, second["access_token"]!, second["refresh_token"]! })
            Assert.False(await server.IsActiveAsync(token));
        Assert.Equal(401, (await server.UserInfoAsync(second["access_token"])).Status);
    }

    [Theory, OnEachDatabase]
    public async Task An_access_token_goes_alone(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        await server.PostAsync("/oauth/revoke", new { token = tokens["access_token"]! }, Flows.Web);
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.True(await server.IsActiveAsync(tokens["refresh_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task Another_clients_token_is_answered_200_and_lives_on(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        foreach (var token in new[] { tokens["access_token"]!, tokens["refresh_token"]!, "garbage" })
            Assert.Equal(200, (await server.PostAsync("/oauth/revoke", new { token }, "other:other-secret-for-tests")).Status);
        Assert.True(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.True(await server.IsActiveAsync(tokens["refresh_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task A_revocation_that_races_a_refresh_leaves_no_live_child(Database database)
    {
        var server = await servers.SharedAsync(database);
        for (var round = 0; round < 5; round++)
        {
            var tokens = await server.TokensAsync();
            var refreshing = server.RefreshAsync(tokens["refresh_token"]!);
            await server.PostAsync("/oauth/revoke", new { token = tokens["refresh_token"]! }, Flows.Web);
            var child = await refreshing;
            if (child["access_token"] is not { } access)
                continue;
            // The refresh may have been first as a whole: then its token was already used, and revoking it changes nothing.
            var isActive = await server.IsActiveAsync(access);
            Assert.Equal(isActive, await server.IsActiveAsync(child["refresh_token"]!));
        }
    }
}
