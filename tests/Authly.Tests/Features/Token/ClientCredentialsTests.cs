using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

public sealed class ClientCredentialsTests(Servers servers)
{
    private const string Service = "service:service-secret-for-tests";

    [Theory, OnEachDatabase]
    public async Task A_service_gets_an_access_token_for_the_resources_of_its_scopes(Database database)
    {
        var server = await servers.SharedAsync(database);
        var answer = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, Service);
        var token = Jwt.Payload(answer["access_token"]!);
        Assert.Equal("service", token.GetProperty("sub").GetString());
        Assert.Equal("https://orders.example", token.GetProperty("aud").GetString());
        Assert.Null(answer["refresh_token"]);
        Assert.Null(answer["id_token"]);
    }

    [Theory, OnEachDatabase]
    public async Task Without_a_scope_the_audience_is_this_server(Database database)
    {
        var server = await servers.SharedAsync(database);
        var answer = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, Service);
        Assert.Equal(server.Issuer, Jwt.Payload(answer["access_token"]!).GetProperty("aud").GetString());
    }

    [Theory, OnEachDatabase]
    public async Task Refusals_carry_their_own_codes(Database database)
    {
        var server = await servers.SharedAsync(database);
        async Task<(int, string?)> ErrorAsync(object form, string? basic)
        {
            var answer = await server.PostAsync("/oauth/token", form, basic);
            return (answer.Status, answer.Error);
        }

        Assert.Equal((400, "invalid_scope"), await ErrorAsync(new { grant_type = "client_credentials", scope = "nonsense" }, Service));
        Assert.Equal((400, "invalid_scope"), await ErrorAsync(new { grant_type = "client_credentials", scope = "orders.write" }, Service));
        Assert.Equal((400, "unauthorized_client"), await ErrorAsync(new { grant_type = "client_credentials" }, Flows.Web));
        var elsewhere = new { grant_type = "client_credentials", scope = "orders.read", resource = "https://elsewhere.example" };
        Assert.Equal((400, "invalid_target"), await ErrorAsync(elsewhere, Service));
        Assert.Equal(
            (400, "unsupported_grant_type"),
            await ErrorAsync(new { grant_type = "password", username = "alice", password = "x" }, Service));
        Assert.Equal((400, "invalid_request"), await ErrorAsync(new { scope = "orders.read" }, Service));
        Assert.Equal((401, "invalid_client"), await ErrorAsync(new { grant_type = "client_credentials" }, "service:wrong-secret"));
        Assert.Equal((401, "invalid_client"), await ErrorAsync(new { grant_type = "client_credentials" }, "nobody:wrong-secret"));
        Assert.Equal(
            (401, "invalid_client"), await ErrorAsync(new { grant_type = "client_credentials", client_id = "service" }, basic: null));
    }
}
