using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>How long a lost answer to a refresh can be asked for again is the registration's to say.</summary>
public sealed class ClientGraceTests(Servers servers)
{
    private const string Reader = "reader:reader-secret-for-tests";

    [Theory, OnEachDatabase]
    public async Task A_client_with_a_grace_of_its_own_gets_the_same_successor_after_minutes_and_not_after_it(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var (code, verifier) = await server.CodeAsync("reader", "openid");
        var first = (await server.RedeemAsync(code, verifier, Reader))["refresh_token"]!;
        // Without offline_access: the registration says so.
        Assert.NotNull(first);
        Assert.Equal(200, (await server.RefreshAsync(first, Reader)).Status);
        await AgeAsync(TimeSpan.FromMinutes(29));
        Assert.Equal(200, (await server.RefreshAsync(first, Reader)).Status);
        await AgeAsync(TimeSpan.FromMinutes(31));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first, Reader)).Error);

        Task AgeAsync(TimeSpan age) => shared.ExecuteAsync(
            $"update tokens set \"RedemptionDate\" = '{DateTime.UtcNow - age:yyyy-MM-dd HH:mm:ss}' where \"RedemptionDate\" is not null");
    }

    [Theory, OnEachDatabase]
    public async Task A_public_native_client_has_30_seconds_and_a_confidential_one_none_unless_it_is_set(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("native", "openid offline_access").With("redirect_uri", "http://127.0.0.1:5999/callback");
        var form = new
        {
            grant_type = "authorization_code",
            code = (await alice.AuthorizeAsync(request))["code"],
            code_verifier = request.Verifier,
            redirect_uri = "http://127.0.0.1:5999/callback",
            client_id = "native",
        };
        var first = (await server.PostAsync("/oauth/token", form))["refresh_token"]!;
        var refresh = new { grant_type = "refresh_token", refresh_token = first, client_id = "native" };
        foreach (var _ in new[] { 1, 2 })
            Assert.Equal(200, (await server.PostAsync("/oauth/token", refresh)).Status);
        var web = (await server.TokensAsync())["refresh_token"]!;
        Assert.Equal(200, (await server.RefreshAsync(web)).Status);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(web)).Error);
    }
}
