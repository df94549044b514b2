using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>Registrations that the plain way does not understand are for the long way.</summary>
public sealed class PlainClientTests
{
    [Theory, OnEachDatabase]
    public async Task A_setting_of_a_client_that_the_plain_way_does_not_know_goes_the_long_way(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        // OpenIddict's own: how long this client's access tokens live.
        await shared.ExecuteAsync("""
            update applications set "Settings" = '{"tkn_lft:act":"00:02:00"}' where "ClientId" = 'service'
            """);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        for (var request = 0; request < 3; request++)
        {
            var answer = await server.PostAsync(
                "/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
            Assert.Equal(200, answer.Status);
            Assert.InRange(answer.Json.GetProperty("expires_in").GetInt32(), 119, 120);
        }
    }
}
