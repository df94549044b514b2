using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class HostileInputTests(Servers servers)
{
    private static readonly string[] Posts =
        ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oidc/userinfo", "/oauth/authorize", "/oidc/logout"];

    [Theory, OnEachDatabase]
    public async Task NUL_and_malformed_text_in_any_parameter_is_a_400(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in Posts)
        {
            foreach (var name in new[] { "client_id", "code", "refresh_token", "scope", "token", "state", "redirect_uri", "username" })
            {
                foreach (var value in new[] { "a%00b", "%ff", "%zz", "%ed%a0%80", "%" })
                {
                    var status = (int)(await server.PostRawAsync(path, $"grant_type=client_credentials&{name}={value}")).StatusCode;
                    Assert.Equal((path, name, value, 400), (path, name, value, status));
                }
            }
        }

        foreach (var value in new[] { "a%00b", "%ff", "%zz" })
            Assert.Equal(400, (await server.GetAsync($"/oauth/authorize?client_id={value}")).Status);
        var answer = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service%00:x");
        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
    }

    [Theory, OnEachDatabase]
    public async Task A_parameter_given_twice_is_refused_except_resource(Database database)
    {
        var server = await servers.SharedAsync(database);
        const string Twice = "grant_type=client_credentials&scope=a&scope=b&client_id=service&client_secret=x";
        using var twice = await server.PostRawAsync("/oauth/token", Twice);
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
        var request = new AuthorizationRequest().Url;
        using var person = new Person(server);
        foreach (var again in new[] { "code_challenge=" + new string('x', 43), "state=other" })
            Assert.Equal("invalid_request", (await person.VisitAsync($"{request}&{again}")).Parameters["error"]);
        foreach (var again in new[] { "client_id=web", "redirect_uri=https%3A%2F%2Fevil.example" })
            Assert.Equal(HttpStatusCode.BadRequest, (await person.VisitAsync($"{request}&{again}")).Status);
        var resources = await person.VisitAsync(request + "&resource=https://a.example&resource=https://b.example");
        Assert.Equal("invalid_target", resources.Parameters["error"]);
    }

    [Theory, OnEachDatabase]
    public async Task What_is_too_much_is_refused_at_once(Database database)
    {
        var server = await servers.SharedAsync(database);
        async Task<int> StatusAsync(string body) => (int)(await server.PostRawAsync("/oauth/token", body)).StatusCode;
        Assert.Equal(413, await StatusAsync("scope=" + string.Join("+", Enumerable.Repeat("s", 40_000))));
        Assert.Equal(413, await StatusAsync("x=" + new string('x', 10_000_000)));
        Assert.Equal(400, await StatusAsync("scope=" + string.Join("+", Enumerable.Repeat("s", 101))));
        Assert.Equal(400, await StatusAsync("code=" + new string('x', 8193)));
        Assert.Equal(400, await StatusAsync(string.Join("&", Enumerable.Range(0, 1025).Select(index => $"p{index}=1"))));
        using var person = new Person(server);
        foreach (var (name, length) in new[] { ("state", 8193), ("ui_locales", 17_000) })
        {
            var told = (await person.VisitAsync(new AuthorizationRequest().With(name, new string('s', length)).Url)).Parameters;
            Assert.Equal("invalid_request", told["error"]);
        }

        var endless = await person.VisitAsync(new AuthorizationRequest().With("ui_locales", new string('s', 50_000)).Url);
        Assert.Equal(HttpStatusCode.RequestUriTooLong, endless.Status);
    }

    [Theory, OnEachDatabase]
    public async Task Hostile_sign_in_forms_are_answered_like_a_wrong_password(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var person = new Person(server);
        foreach (var (username, password) in new[]
        {
            ("alice", ""), (new string('x', 5000), "x"), ("alice", new string('x', 5000)), ("\ud800", "x"),
            ("mallory", "correct horse battery"), ("nobody", "x"),
        })
        {
            var page = await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password));
            Assert.True(page.Status == HttpStatusCode.OK, $"{username}/{password}: {(int)page.Status} {page.Text}");
            Assert.Contains("The username or the password is not right.", page.Text, StringComparison.Ordinal);
        }

        foreach (var (username, password) in new[] { ("a\0b", "x"), ("alice", "x\0y") })
        {
            var page = await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", username), ("Password", password));
            Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        }

        var login = await person.VisitAsync("/account/login");
        try
        {
            var page = await login.SubmitAsync(("Username", "alice"), ("Password", new string('x', 1_000_000)));
            Assert.InRange((int)page.Status, 400, 499);
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException)
        {
            // The server answered and closed while the body was still on its way.
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_parameter_twice_in_different_case_is_a_parameter_twice(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var person = new Person(server);
        var request = new AuthorizationRequest().With("prompt", "login").Url;
        foreach (var again in new[] { "Code_Challenge=x", "STATE=x", "Prompt=none", "Nonce=x", "Scope=x" })
            Assert.Equal("invalid_request", (await person.VisitAsync($"{request}&{again}")).Parameters["error"]);
        Assert.Equal(400, (int)(await person.VisitAsync($"{request}&Client_Id=web")).Status);
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "orders.read", ["Scope"] = "x" };
        var refused = await server.PostAsync("/oauth/token", form, "service:service-secret-for-tests");
        Assert.Equal("invalid_request", refused.Error);
    }
}
