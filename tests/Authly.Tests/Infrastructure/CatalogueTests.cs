using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>The numbers beyond requests and their outcomes, each by exactly what happened.</summary>
public sealed class CatalogueTests
{
    private const string Authentications = "authly_oauth_client_authentications_total";
    private const string Consents = "authly_consents_total";
    private const string Endpoints = "authly_oauth_endpoint_requests_total";
    private const string Errors = "authly_handler_errors_total";
    private const string Sizes = "authly_oauth_token_size_bytes";

    [Theory, OnEachDatabase]
    public async Task Client_authentications_are_counted_by_method_and_outcome_once_a_request(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        var form = new { grant_type = "client_credentials" };
        await server.PostAsync("/oauth/token", form, "service:service-secret-for-tests");
        await server.PostAsync("/oauth/token", form, "service:wrong");
        await server.PostAsync("/oauth/token", form, "nobody:wrong");
        // What cannot be read is a failure of its method, too.
        using var unreadable = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = new FormUrlEncodedContent([]) };
        unreadable.Headers.TryAddWithoutValidation("Authorization", "Basic !!!");
        await server.Http.SendAsync(unreadable, TestContext.Current.CancellationToken);
        var posted = new { token = "x", client_id = "post", client_secret = "post-secret-for-tests" };
        await server.PostAsync("/oauth/introspect", posted);
        await server.PostAsync("/oauth/revoke", new { token = "x", client_id = "spa" });
        var scrape = await server.ScrapeAsync();
        foreach (var (method, outcome, count) in new[]
        {
            ("client_secret_basic", "success", 1), ("client_secret_basic", "failed", 3), ("client_secret_post", "success", 1),
            ("none", "success", 1),
        })
        {
            Assert.Equal((method, outcome, count),
                (method, outcome, (int)scrape.Sum(Authentications, ("auth_method", method), ("outcome", outcome))));
        }

        Assert.Equal(6, scrape.Sum(Authentications));
    }

    [Theory, OnEachDatabase]
    public async Task A_refused_grant_is_one_error_of_the_endpoint_that_was_called(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        var refused = new { grant_type = "client_credentials", scope = "orders.read", resource = "https://unknown.example" };
        Assert.Equal("invalid_target", (await server.PostAsync("/oauth/token", refused, "service:service-secret-for-tests")).Error);
        var scrape = await server.ScrapeAsync();
        Assert.Equal(1, scrape.Sum(Errors));
        Assert.Equal(1, scrape.Sum(Errors, ("feature", "Exchange"), ("error", "invalid_target")));
    }

    [Theory, OnEachDatabase]
    public async Task Consents_introspections_sizes_and_people_are_counted_as_what_they_were(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(
            database, new Dictionary<string, string> { ["Authly__Metrics__GaugeInterval"] = "00:00:01" });
        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        var code = (await alice.AuthorizeAsync(request))["code"];
        using var bob = new Person(server, "bob");
        await bob.AuthorizeAsync(new AuthorizationRequest(), "deny");
        var tokens = await server.RedeemAsync(code, request.Verifier);
        await server.PostAsync("/oauth/introspect", new { token = tokens["access_token"]! }, Flows.Web);
        await server.PostAsync("/oauth/introspect", new { token = "x" }, Flows.Web);
        var account = await alice.VisitAsync("/account");
        await account.SubmitAsync();
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        var scrape = await server.ScrapeAsync();
        foreach (var decision in new[] { "granted", "denied", "revoked" })
            Assert.Equal((decision, 1), (decision, (int)scrape.Sum(Consents, ("decision", decision))));
        foreach (var status in new[] { "active", "inactive" })
            Assert.Equal((status, 1), (status, (int)scrape.Sum(Endpoints, ("endpoint", "introspection"), ("status", status))));
        foreach (var kind in new[] { "code", "access", "refresh", "id" })
            Assert.Equal((kind, 1), (kind, (int)scrape.Sum($"{Sizes}_count", ("token_type", kind))));
        Assert.Equal(tokens["access_token"]!.Length, scrape.Sum($"{Sizes}_sum", ("token_type", "access")));
        foreach (var (state, count) in new[] { ("active", 2), ("disabled", 1), ("must_change_password", 1) })
            Assert.Equal((state, count), (state, (int)scrape.Sum("authly_users", ("state", state))));
        Assert.True(scrape.Sum("authly_queue_wait_seconds_count", ("queue", "passwords")) >= 2);
        Assert.Equal(0, scrape.Sum("authly_queue_length"));
    }
}
