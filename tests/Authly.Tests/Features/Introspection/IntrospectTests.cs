using Authly.Tests.Harness;

namespace Authly.Tests.Features.Introspection;

public sealed class IntrospectTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_client_sees_its_own_tokens_and_nobody_else_does(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        var answer = await server.PostAsync("/oauth/introspect", new { token = tokens["access_token"]! }, Flows.Web);
        Assert.Equal("True", answer["active"]);
        Assert.Equal("web", answer["client_id"]);
        Assert.Equal(server.Issuer, answer["iss"]);
        Assert.Equal("no-store", answer.Message.Headers.CacheControl!.ToString());
        foreach (var token in new[] { "access_token", "refresh_token" })
        {
            var foreign = await server.PostAsync("/oauth/introspect", new { token = tokens[token]! }, "other:other-secret-for-tests");
            Assert.Equal((200, "{\"active\":false}"), (foreign.Status, foreign.Body));
        }
    }

    [Theory, OnEachDatabase]
    public async Task What_is_no_token_or_not_shown_is_inactive(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync();
        foreach (var token in new[] { "garbage", tokens["id_token"]!, tokens["access_token"]![..^3] + "abc" })
            Assert.Equal("{\"active\":false}", (await server.PostAsync("/oauth/introspect", new { token }, Flows.Web)).Body);
    }

    [Theory, OnEachDatabase]
    public async Task An_anonymous_or_public_client_is_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        var anonymous = await server.PostAsync("/oauth/introspect", new { token = "x" });
        Assert.Equal((401, "invalid_client"), (anonymous.Status, anonymous.Error));
        Assert.Equal("invalid_client", (await server.PostAsync("/oauth/introspect", new { token = "x", client_id = "spa" })).Error);
    }

    [Theory, OnEachDatabase]
    public async Task Whatever_speaks_for_a_disabled_person_is_inactive_and_of_no_use(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var (code, verifier) = await server.CodeAsync();
        Assert.True(await server.IsActiveAsync(tokens["access_token"]!));
        await shared.ExecuteAsync("update users set \"IsDisabled\" = true");
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.False(await server.IsActiveAsync(tokens["refresh_token"]!));
        Assert.Equal(401, (await server.UserInfoAsync(tokens["access_token"])).Status);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        Assert.Equal("invalid_grant", (await server.RedeemAsync(code, verifier)).Error);
    }
}
