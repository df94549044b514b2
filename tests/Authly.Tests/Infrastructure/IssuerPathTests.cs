using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>An issuer below a path, behind a proxy that passes the path through.</summary>
public sealed class IssuerPathTests
{
    [Theory, OnEachDatabase]
    public async Task A_whole_flow_stays_below_the_path_and_so_do_its_cookies(Database database)
    {
        await using var server = await StartAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        var code = (await alice.AuthorizeAsync(request))["code"];
        Assert.All(alice.Redirects.Where(url => url.Port == new Uri(server.Issuer).Port),
            url => Assert.StartsWith("/auth/", url.AbsolutePath, StringComparison.Ordinal));
        Assert.Contains("authly-session=", alice.CookiesFor("/auth/account"), StringComparison.Ordinal);
        Assert.Equal(("", ""), (alice.CookiesFor("/"), alice.CookiesFor("/authx")));

        var tokens = await server.RedeemAsync(code, request.Verifier);
        Assert.Equal(server.Issuer, Jwt.Payload(tokens["id_token"]!).GetProperty("iss").GetString());
        Assert.Equal(200, (await server.UserInfoAsync(tokens["access_token"])).Status);
        Assert.True(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.Equal(200, (await server.RefreshAsync(tokens["refresh_token"]!)).Status);

        var account = await alice.VisitAsync("/auth/account");
        Assert.Equal("Your account · Authly", account.Title);
        Assert.DoesNotMatch("(href|src|action)=\"/(?!auth/)", account.Html);
        var style = System.Text.RegularExpressions.Regex.Match(account.Html, "href=\"(/auth/authly[^\"]*css[^\"]*)\"").Groups[1].Value;
        Assert.Equal(200, (await GetAtHostAsync(server, style)).Status);
        Assert.Equal("Change password · Authly", (await alice.VisitAsync("/auth/account/password")).Title);

        var signOut = await alice.VisitAsync("/auth/oidc/logout");
        Assert.Equal("Sign out · Authly", signOut.Title);
        Assert.Equal("Signed out · Authly", (await signOut.SubmitAsync()).Title);
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync("/auth/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task Discovery_is_where_RFC_8414_and_where_OpenID_put_it_and_every_endpoint_in_it_answers(Database database)
    {
        await using var server = await StartAsync(database);
        var first = await GetAtHostAsync(server, "/.well-known/oauth-authorization-server/auth");
        Assert.Equal((200, server.Issuer), (first.Status, first["issuer"]));
        foreach (var path in new[]
        {
            "/auth/.well-known/openid-configuration", "/auth/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration/auth",
        })
            Assert.Equal(first.Body, (await GetAtHostAsync(server, path)).Body);

        foreach (var endpoint in first.Json.EnumerateObject()
            .Where(member => member.Name.EndsWith("_endpoint", StringComparison.Ordinal) || member.Name == "jwks_uri"))
        {
            Assert.StartsWith(server.Issuer + "/", endpoint.Value.GetString()!, StringComparison.Ordinal);
            Assert.NotEqual(404, (await server.GetAsync(endpoint.Value.GetString()!)).Status);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Nothing_else_is_at_the_root_but_what_probes_and_scrapes_ask_for(Database database)
    {
        await using var server = await StartAsync(database);
        foreach (var path in new[] { "/health/live", "/health/ready", "/metrics", "/auth/health/ready", "/auth/", "/auth" })
            Assert.Equal((path, 200), (path, (await GetAtHostAsync(server, path)).Status));
        foreach (var path in new[]
        {
            "/", "/oauth/authorize", "/oauth/token", "/account/login", "/authly.css", "/.well-known/openid-configuration",
            "/.well-known/jwks.json", "/AUTH/oauth/token", "/auth/auth/oauth/token", "/authx", "/.well-known/oauth-authorization-server",
        })
        {
            var answer = await GetAtHostAsync(server, path);
            Assert.Equal((path, 404), (path, answer.Status));
            Assert.DoesNotContain("href=\"/authly", answer.Body, StringComparison.Ordinal);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Try_it_works_below_the_path(Database database)
    {
        await using var server = await StartAsync(database);
        using var alice = new Person(server);
        var home = await alice.VisitAsync("/auth/");
        Assert.Equal("/auth/try", home.Action);
        Assert.DoesNotMatch("(href|src|action)=\"/(?!auth/|metrics)", home.Html);
        var page = await home.SubmitAsync();
        page = await page.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        page = await page.SubmitAsync(("decision", "allow"));
        Assert.Equal((HttpStatusCode.OK, "Try it · Authly"), (page.Status, page.Title));
        Assert.Contains("The demo client got its tokens", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_TLS_the_cookies_are_bound_to_it_and_to_the_path()
    {
        var production = new Faults.Production();
        var settings = production.Settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        settings["Authly__Issuer"] = "https://login.example.com/auth";
        settings["ConnectionStrings__Authly"] = $"Data Source={Path.GetTempFileName()}";
        await using var server = AuthlyServer.Launch(settings);
        await server.WaitUntilReadyAsync();
        var cookie = (await server.GetAsync("/auth/account/login")).Message.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Secure-authly-antiforgery=", cookie, StringComparison.Ordinal);
        Assert.Contains("path=/auth;", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.Ordinal);
    }

    private static Task<AuthlyServer> StartAsync(Database database)
    {
        var host = $"http://localhost:{Network.FreePort()}";
        return AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Urls"] = host, ["Authly__Issuer"] = $"{host}/auth" });
    }

    private static Task<Answer> GetAtHostAsync(AuthlyServer server, string path) =>
        server.GetAsync(new Uri(new Uri(server.Issuer), path).ToString());
}
