using Authly.Tests.Harness;

namespace Authly.Tests.Features.UserInfo;

public sealed class GetUserInfoTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task Claims_follow_the_scopes(Database database)
    {
        var server = await servers.SharedAsync(database);
        var all = await server.UserInfoAsync((await server.TokensAsync())["access_token"]);
        Assert.Equal(
            ("Alice Example", "alice@example.com", "True", "alice"),
            (all["name"], all["email"], all["email_verified"], all["preferred_username"]));
        var least = await server.UserInfoAsync((await server.TokensAsync(scope: "openid"))["access_token"]);
        Assert.Equal(["sub"], least.Json.EnumerateObject().Select(claim => claim.Name));
        Assert.Equal("no-store", least.Message.Headers.CacheControl!.ToString());
    }

    [Theory, OnEachDatabase]
    public async Task The_token_comes_in_the_header_or_the_form_and_never_in_the_URL(Database database)
    {
        var server = await servers.SharedAsync(database);
        var token = (await server.TokensAsync())["access_token"]!;
        Assert.Equal(200, (await server.PostAsync("/oidc/userinfo", new { access_token = token })).Status);
        using var empty = new HttpRequestMessage(HttpMethod.Post, "/oidc/userinfo");
        empty.Headers.Authorization = new("Bearer", token);
        Assert.Equal(200, (int)(await server.Http.SendAsync(empty, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(400, (await server.GetAsync($"/oidc/userinfo?access_token={token}")).Status);
        Assert.Equal(400, (await server.PostAsync("/oidc/userinfo", new { access_token = token }, bearer: token)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task Refusals_are_those_of_RFC_6750(Database database)
    {
        var server = await servers.SharedAsync(database);
        var anonymous = await server.UserInfoAsync(accessToken: null);
        Assert.Equal((401, "Bearer realm=\"Authly\""), (anonymous.Status, anonymous.Message.Headers.WwwAuthenticate.ToString()));
        var garbage = await server.UserInfoAsync("garbage");
        Assert.Equal(401, garbage.Status);
        Assert.Contains("error=\"invalid_token\"", garbage.Message.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        var narrow = await server.UserInfoAsync((await server.TokensAsync(scope: "profile"))["access_token"]);
        Assert.Equal(403, narrow.Status);
        Assert.Contains("error=\"insufficient_scope\"", narrow.Message.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        var tokens = await server.TokensAsync();
        Assert.Equal(401, (await server.UserInfoAsync(tokens["id_token"])).Status);
        Assert.Equal(401, (await server.UserInfoAsync(tokens["refresh_token"])).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_token_for_another_audience_is_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("web", "openid profile orders.read").With("resource", "https://orders.example");
        var tokens = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        Assert.Equal("https://orders.example", Jwt.Payload(tokens["access_token"]!).GetProperty("aud").GetString());
        Assert.Equal(401, (await server.UserInfoAsync(tokens["access_token"])).Status);
    }
}
