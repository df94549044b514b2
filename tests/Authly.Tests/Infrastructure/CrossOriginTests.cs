using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>What applications in browsers may call and read, from any origin and never with cookies (Fetch Standard §3.2).</summary>
public sealed class CrossOriginTests(Servers servers)
{
    private static readonly string[] ForAll =
    [
        "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/oauth/token",
        "/oauth/revoke", "/oidc/userinfo", "/.well-known/oauth-authorization-server/mcp", "/.well-known/nothing",
    ];

    [Theory, OnEachDatabase]
    public async Task A_preflight_passes_with_any_header_and_without_credentials(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in ForAll)
        {
            foreach (var method in new[] { "GET", "POST" })
            {
                var answer = await SendAsync(server, "OPTIONS", path, ("Access-Control-Request-Method", method),
                    ("Access-Control-Request-Headers", "authorization,mcp-protocol-version,traceparent,x-anything"));
                Assert.Equal((path, 204), (path, answer.Status));
                Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
                Assert.Contains(method, Header(answer, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
                foreach (var header in new[] { "authorization", "mcp-protocol-version", "traceparent", "x-anything" })
                    Assert.Contains(header, Header(answer, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
                Assert.False(answer.Message.Headers.Contains("Access-Control-Allow-Credentials"));
            }
        }
    }

    [Theory, OnEachDatabase]
    public async Task Every_answer_of_such_a_path_can_be_read_whatever_its_status(Database database)
    {
        var server = await servers.SharedAsync(database);
        var statuses = new HashSet<int>();
        foreach (var path in ForAll)
        {
            foreach (var method in new[] { "GET", "POST", "PUT", "OPTIONS" })
            {
                var answer = await SendAsync(server, method, path);
                statuses.Add(answer.Status);
                Assert.Equal((path, method, "*"), (path, method, Header(answer, "Access-Control-Allow-Origin")));
                Assert.Equal("WWW-Authenticate,Retry-After,RateLimit,RateLimit-Policy", Header(answer, "Access-Control-Expose-Headers"));
            }
        }

        Assert.Superset(new HashSet<int> { 200, 401, 404, 405 }, statuses);
    }

    [Theory, OnEachDatabase]
    public async Task What_a_cache_may_keep_says_that_it_differs_by_origin_with_or_without_one(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in ForAll[..3])
        {
            Assert.Contains("Origin", (await server.GetAsync(path)).Message.Headers.Vary);
            Assert.Contains("Origin", (await SendAsync(server, "GET", path)).Message.Headers.Vary);
        }
    }

    [Theory, OnEachDatabase]
    public async Task No_other_path_can_be_read_from_another_origin(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/", "/account/login", "/oauth/authorize", "/oauth/introspect", "/oidc/logout", "/nothing" })
        {
            Assert.False((await SendAsync(server, "GET", path)).Message.Headers.Contains("Access-Control-Allow-Origin"));
            var preflight = await SendAsync(server, "OPTIONS", path, ("Access-Control-Request-Method", "POST"));
            Assert.InRange(preflight.Status, 404, 405);
            Assert.False(preflight.Message.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    private static string Header(Answer answer, string name) =>
        answer.Message.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";

    private static async Task<Answer> SendAsync(
        AuthlyServer server, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Origin", "https://app.example");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        if (method == "POST")
            request.Content = new StringContent("grant_type=x", Encoding.ASCII, "application/x-www-form-urlencoded");
        return await Answer.ReadAsync(await server.Http.SendAsync(request));
    }
}
