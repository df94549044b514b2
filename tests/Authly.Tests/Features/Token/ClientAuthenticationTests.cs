using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

public sealed class ClientAuthenticationTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_registered_method_is_enforced_at_the_token_endpoint_and_either_is_taken_elsewhere(Database database)
    {
        var server = await servers.SharedAsync(database);
        // "post" registered client_secret_post.
        var asBasic = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "post:post-secret-for-tests");
        Assert.Equal((401, "invalid_client"), (asBasic.Status, asBasic.Error));
        foreach (var path in new[] { "/oauth/introspect", "/oauth/revoke" })
        {
            Assert.Equal(200, (await server.PostAsync(path, new { token = "x" }, "post:post-secret-for-tests")).Status);
            var posted = new { token = "x", client_id = "post", client_secret = "post-secret-for-tests" };
            Assert.Equal(200, (await server.PostAsync(path, posted)).Status);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_client_that_registered_no_method_sends_its_secret_either_way(Database database)
    {
        var server = await servers.SharedAsync(database);
        var posted = new { grant_type = "client_credentials", client_id = "service", client_secret = "service-secret-for-tests" };
        Assert.Equal(200, (await server.PostAsync("/oauth/token", posted)).Status);
        var basic = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        Assert.Equal(200, basic.Status);
    }

    [Theory, OnEachDatabase]
    public async Task An_unknown_client_and_a_wrong_secret_are_told_in_the_same_words(Database database)
    {
        var server = await servers.SharedAsync(database);
        var unknown = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "nobody:wrong-secret");
        var wrong = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:wrong-secret");
        Assert.Equal(unknown.Body, wrong.Body);
        Assert.Equal(unknown.Status, wrong.Status);
        Assert.StartsWith("Basic realm=\"Authly\"", wrong.Message.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Credentials_in_two_places_or_in_the_URL_are_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        var posted = new { grant_type = "client_credentials", client_id = "service", client_secret = "service-secret-for-tests" };
        var both = await server.PostAsync("/oauth/token", posted, "service:service-secret-for-tests");
        Assert.Equal((400, "invalid_request"), (both.Status, both.Error));
        var other = new { grant_type = "client_credentials", client_id = "web" };
        var two = await server.PostAsync("/oauth/token", other, "service:service-secret-for-tests");
        Assert.Equal((400, "invalid_request"), (two.Status, two.Error));
        var url = await server.PostAsync(
            "/oauth/token?client_secret=service-secret-for-tests", new { grant_type = "client_credentials", client_id = "service" });
        Assert.Equal((400, "invalid_request"), (url.Status, url.Error));
    }

    [Theory, OnEachDatabase]
    public async Task A_client_assertion_is_not_accepted_while_discovery_does_not_offer_it(Database database)
    {
        var server = await servers.SharedAsync(database);
        var answer = await server.PostAsync("/oauth/token", new
        {
            grant_type = "client_credentials",
            client_id = "service",
            client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            client_assertion = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJzZXJ2aWNlIiwic3ViIjoic2VydmljZSJ9.",
        });
        Assert.True(answer.Status is 400 or 401, answer.Body);
    }
}
