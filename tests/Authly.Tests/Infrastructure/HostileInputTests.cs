using System.Net;
using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class HostileInputTests(Servers servers)
{
    private static readonly string[] Posts = ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oauth/authorize", "/oidc/logout"];

    [Theory, OnEachDatabase]
    public async Task NUL_and_malformed_text_in_any_parameter_is_a_400(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in Posts)
        {
            foreach (var name in new[] { "client_id", "code", "refresh_token", "scope", "token", "state", "redirect_uri", "username" })
            {
                foreach (var value in new[] { "a%00b", "%ff", "%zz", "%ed%a0%80", "%" })
                    Assert.Equal((path, name, value, 400), (path, name, value, (int)(await PostRawAsync(server, path, $"grant_type=client_credentials&{name}={value}")).StatusCode));
            }
        }

        foreach (var value in new[] { "a%00b", "%ff", "%zz" })
            Assert.Equal(400, (await server.GetAsync($"/oauth/authorize?client_id={value}")).Status);
        Assert.Equal((400, "invalid_request"), await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service%00:x") is var answer ? (answer.Status, answer.Error) : default);
    }

    [Theory, OnEachDatabase]
    public async Task A_parameter_given_twice_is_refused_except_resource(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var twice = await PostRawAsync(server, "/oauth/token", "grant_type=client_credentials&scope=a&scope=b&client_id=service&client_secret=x");
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
        var request = new AuthorizationRequest().Url;
        using var person = new Person(server);
        Assert.Equal(HttpStatusCode.BadRequest, (await person.VisitAsync(request + "&code_challenge=" + new string('x', 43))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await person.VisitAsync(request + "&state=other")).Status);
        Assert.Equal(HttpStatusCode.OK, (await person.VisitAsync(request + "&resource=https://a.example&resource=https://b.example")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task What_is_too_much_is_refused_at_once(Database database)
    {
        var server = await servers.SharedAsync(database);
        async Task<int> StatusAsync(string body) => (int)(await PostRawAsync(server, "/oauth/token", body)).StatusCode;
        Assert.Equal(413, await StatusAsync("scope=" + string.Join("+", Enumerable.Repeat("s", 40_000))));
        Assert.Equal(413, await StatusAsync("x=" + new string('x', 10_000_000)));
        Assert.Equal(400, await StatusAsync("scope=" + string.Join("+", Enumerable.Repeat("s", 101))));
        Assert.Equal(400, await StatusAsync("code=" + new string('x', 8193)));
        Assert.Equal(400, await StatusAsync(string.Join("&", Enumerable.Range(0, 1025).Select(index => $"p{index}=1"))));
        using var person = new Person(server);
        Assert.Equal(HttpStatusCode.BadRequest, (await person.VisitAsync(new AuthorizationRequest().With("state", new string('s', 2049)).Url)).Status);
        Assert.Equal(HttpStatusCode.RequestUriTooLong, (await person.VisitAsync(new AuthorizationRequest().With("ui_locales", new string('s', 17_000)).Url)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_protocol_endpoint_has_one_spelling(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/oauth/TOKEN", "/OAuth/token", "/oauth/token/", "/oauth/%74oken", "/oauth//token", "/./oauth/token" })
        {
            var answer = await PostRawAsync(server, path, "grant_type=client_credentials");
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
        foreach (var type in new[] { "application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7" })
        {
            using var content = new StringContent("{\"grant_type\":\"client_credentials\"}");
            content.Headers.Remove("Content-Type");
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var answer = await server.Http.PostAsync(new Uri("/oauth/token", UriKind.Relative), content, TestContext.Current.CancellationToken);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Hostile_sign_in_forms_are_answered_like_a_wrong_password(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var person = new Person(server);
        foreach (var (username, password) in new[] { ("alice", ""), (new string('x', 5000), "x"), ("alice", new string('x', 5000)), ("\ud800", "x"), ("mallory", "correct horse battery"), ("nobody", "x") })
        {
            var page = await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password));
            Assert.True(page.Status == HttpStatusCode.OK, $"{username}/{password}: {(int)page.Status} {page.Text}");
            Assert.Contains("The username or the password is not right.", page.Text, StringComparison.Ordinal);
        }

        foreach (var (username, password) in new[] { ("a\0b", "x"), ("alice", "x\0y") })
            Assert.Equal(HttpStatusCode.BadRequest, (await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password))).Status);
        var login = await person.VisitAsync("/account/login");
        try
        {
            Assert.InRange((int)(await login.SubmitAsync(("Username", "alice"), ("Password", new string('x', 1_000_000)))).Status, 400, 499);
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException)
        {
            // The server answered and closed while the body was still on its way.
        }
    }

    [Theory, OnEachDatabase]
    public async Task Every_answer_carries_the_security_headers(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/", "/account/login", "/oauth/authorize", "/oauth/token", "/oidc/userinfo", "/nothing", "/.well-known/jwks.json", "/health" })
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

    private static async Task<HttpResponseMessage> PostRawAsync(AuthlyServer server, string path, string body)
    {
        using var content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        // The path as it is written: Uri would put it in order.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Issuer + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Content = content };
        try
        {
            return await server.Http.SendAsync(request);
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException)
        {
            // The server answered and closed while the body was still on its way.
            return new HttpResponseMessage(HttpStatusCode.RequestEntityTooLarge);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_parameter_twice_in_different_case_is_a_parameter_twice(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var again in new[] { "Code_Challenge=x", "STATE=x", "Prompt=none", "Nonce=x", "Scope=x", "Client_Id=web" })
            Assert.Equal(400, (await server.GetAsync(new AuthorizationRequest().With("prompt", "login").Url + "&" + again)).Status);
        var refused = await server.PostAsync("/oauth/token", new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "orders.read", ["Scope"] = "x" }, "service:service-secret-for-tests");
        Assert.Equal("invalid_request", refused.Error);
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
        foreach (var path in new[] { "/oauth/token", "/oauth/authorize", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oidc/logout", "/account/login", "/account/logout", "/try" })
        {
            foreach (var type in new[] { Form + "x", Form + ", text/plain", Form + " ;;", Form + "; charset=utf-7", Form + "; boundary=\"" })
                Assert.InRange(await PostAsync(path, "grant_type=client_credentials", type), 400, 499);
            Assert.InRange(await PostAsync(path, new string('k', 3000) + "=1", Form), 400, 499);
        }

        Assert.Equal(401, await PostAsync("/oauth/token", "grant_type=client_credentials&client_id=nobody&client_secret=x", Form + "; charset=\"utf-8\""));
    }

    [Theory, OnEachDatabase]
    public async Task An_interaction_of_another_page_leads_nowhere(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var logout = await alice.VisitAsync("/oidc/logout");
        var consent = await alice.VisitAsync($"/account/consent?interaction={System.Web.HttpUtility.ParseQueryString(logout.Url.Query)["interaction"]}");
        Assert.Equal(200, (int)consent.Status);
        Assert.EndsWith("/account", consent.Url.AbsolutePath, StringComparison.Ordinal);
    }
}
