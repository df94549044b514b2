using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>One path, one method, one kind of body: what is not exactly that is told so, with the headers of every answer.</summary>
public sealed class EndpointTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_protocol_endpoint_has_one_spelling(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/oauth/TOKEN", "/OAuth/token", "/oauth/token/", "/oauth/%74oken", "/oauth//token", "/./oauth/token" })
        {
            var answer = await server.PostRawAsync(path, "grant_type=client_credentials");
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed, path);
            Assert.NotEqual("application/json", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_wrong_method_is_a_405_that_names_the_right_one(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/oauth/token", "/oauth/introspect", "/oauth/revoke" })
        {
            var answer = await server.GetAsync(path);
            Assert.Equal((405, "invalid_request"), (answer.Status, answer.Error));
            Assert.Equal("POST", answer.Message.Content.Headers.Allow.Single());
        }
    }

    [Theory, OnEachDatabase]
    public async Task Other_bodies_than_forms_are_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var type in new[]
        {
            "application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7",
        })
        {
            using var content = new StringContent("{\"grant_type\":\"client_credentials\"}");
            content.Headers.Remove("Content-Type");
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var path = new Uri("/oauth/token", UriKind.Relative);
            var answer = await server.Http.PostAsync(path, content, TestContext.Current.CancellationToken);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_body_that_is_no_form_that_can_be_read_is_the_sender_s_fault(Database database)
    {
        var server = await servers.SharedAsync(database);
        async Task<int> PostAsync(string path, string body, string type)
        {
            using var content = new StringContent(body);
            content.Headers.Remove("Content-Type");
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            return (int)(await server.Http.PostAsync(new Uri(path, UriKind.Relative), content)).StatusCode;
        }

        const string Form = "application/x-www-form-urlencoded";
        foreach (var path in new[]
        {
            "/oauth/token", "/oauth/authorize", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oidc/logout", "/account/login",
            "/account/logout", "/try",
        })
        {
            foreach (var type in new[]
            {
                Form + "x", Form + ", text/plain", Form + " ;;", Form + "; charset=utf-7", Form + "; boundary=\"",
            })
                Assert.InRange(await PostAsync(path, "grant_type=client_credentials", type), 400, 499);
            Assert.InRange(await PostAsync(path, new string('k', 3000) + "=1", Form), 400, 499);
        }

        const string Nobody = "grant_type=client_credentials&client_id=nobody&client_secret=x";
        Assert.Equal(401, await PostAsync("/oauth/token", Nobody, Form + "; charset=\"utf-8\""));
    }

    [Theory, OnEachDatabase]
    public async Task Every_answer_carries_the_security_headers(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[]
        {
            "/", "/account/login", "/oauth/authorize", "/oauth/token", "/oidc/userinfo", "/nothing", "/.well-known/jwks.json", "/health",
        })
        {
            var answer = await server.GetAsync(path);
            Assert.Equal("nosniff", answer.Message.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", answer.Message.Headers.GetValues("X-Frame-Options").Single());
            var policy = answer.Message.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("script-src 'none'", policy, StringComparison.Ordinal);
            Assert.False(answer.Message.Headers.Contains("Server"));
        }
    }
}
