using System.Net.Sockets;
using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Methods and targets as HTTP has them (RFC 9110, RFC 9112), on every kind of path.</summary>
public sealed class MethodTests(Servers servers)
{
    private static readonly string[] Pages = ["/account/login", "/account/signed-out", "/", "/error"];

    [Theory, OnEachDatabase]
    public async Task HEAD_is_answered_wherever_GET_is_with_the_same_headers_and_no_body(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[]
        {
            "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/oidc/userinfo",
            "/account/login", "/", "/health", "/health/live", "/metrics", "/authly.css", "/nothing",
        })
        {
            var (get, head) = (await SendAsync(server, "GET", path), await SendAsync(server, "HEAD", path));
            Assert.Equal((path, get.Status, ""), (path, head.Status, head.Body));
            Assert.Equal(get.Message.Content.Headers.ContentType, head.Message.Content.Headers.ContentType);
            Assert.Equal(get.Message.Headers.ETag, head.Message.Headers.ETag);
            Assert.Equal(get.Message.Headers.WwwAuthenticate.ToString(), head.Message.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_method_that_a_page_has_no_answer_to_is_a_405_that_names_those_it_has_with_a_page_that_says_so(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in Pages)
        {
            foreach (var method in new[] { "PUT", "DELETE", "PATCH", "OPTIONS", "FOO" })
            {
                var answer = await SendAsync(server, method, path);
                Assert.Equal((path, method, 405), (path, method, answer.Status));
                Assert.Contains("<h1>That method is not for this page</h1>", answer.Body, StringComparison.Ordinal);
                Assert.StartsWith("GET, HEAD", string.Join(", ", answer.Message.Content.Headers.Allow), StringComparison.Ordinal);
            }
        }

        Assert.Equal(405, (await SendAsync(server, "POST", "/account/signed-out")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task OPTIONS_is_answered_as_any_other_method_where_nothing_answers_it(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/nothing", "/oauth/nothing", "/account/nothing", "/health/nothing", "/oauth/token" })
        {
            foreach (var accept in new[] { "text/html", "application/json" })
            {
                var (options, put) = (await SendAsync(server, "OPTIONS", path, accept), await SendAsync(server, "PUT", path, accept));
                Assert.Equal((path, accept, put.Status), (path, accept, options.Status));
                Assert.InRange(options.Status, 404, 405);
            }
        }
    }

    [Theory, OnEachDatabase]
    public async Task Metrics_answer_GET_and_HEAD_only(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var method in new[] { "POST", "PUT", "OPTIONS" })
        {
            var answer = await SendAsync(server, method, "/metrics");
            Assert.Equal((method, 405), (method, answer.Status));
            Assert.Equal(["GET", "HEAD"], answer.Message.Content.Headers.Allow);
            Assert.DoesNotContain("authly_", answer.Body, StringComparison.Ordinal);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Metrics_have_one_path_and_no_other_goes_round_their_limit(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/metrics/", "/metrics/x", "/metrics/x/y" })
        {
            foreach (var method in new[] { "GET", "POST" })
            {
                var answer = await SendAsync(server, method, path);
                Assert.InRange(answer.Status, 404, 405);
                Assert.DoesNotContain("authly_", answer.Body, StringComparison.Ordinal);
            }
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_target_with_scheme_and_host_is_the_same_as_one_without(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var (target, status) in new[]
        {
            ("/.well-known/jwks.json", 200), ("/oauth/token", 405), ("/oauth/authorize?client_id=x", 400), ("/health/live", 200),
            ("/account/login", 200), ("/.well-known/JWKS.json", 404), ("/.well-known/jwks.json/", 404), ("/%2ewell-known/jwks.json", 404),
        })
        {
            Assert.Equal((target, status), (target, await StatusAsync(server, $"GET {target} HTTP/1.1")));
            Assert.Equal((target, status), (target, await StatusAsync(server, $"GET {server.Issuer}{target} HTTP/1.1")));
        }

        Assert.InRange(await StatusAsync(server, "OPTIONS * HTTP/1.1"), 400, 405);
    }

    private static async Task<int> StatusAsync(AuthlyServer server, string line)
    {
        var host = new Uri(server.Issuer);
        using var client = new TcpClient();
        await client.ConnectAsync(host.Host, host.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{line}\r\nHost: {host.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        return int.Parse((await reader.ReadLineAsync())!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<Answer> SendAsync(AuthlyServer server, string method, string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await Answer.ReadAsync(await server.Http.SendAsync(request));
    }
}
