using System.Net.Http.Headers;
using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS B: what real clients send beside what is needed is understood as the specifications mean it.</summary>
public sealed class RequestReaderTests(Servers servers)
{
    private const string Service = "service:service-secret-for-tests";

    [Theory, OnEachDatabase]
    public async Task An_empty_parameter_is_as_if_it_were_omitted_at_every_endpoint(Database database)
    {
        var server = await servers.SharedAsync(database);
        var empty = new { grant_type = "client_credentials", client_secret = "", client_id = "", resource = "", scope = "" };
        var token = await server.PostAsync("/oauth/token", empty, Service);
        Assert.Equal(200, token.Status);
        foreach (var path in new[] { "/oauth/introspect", "/oauth/revoke" })
        {
            var asked = new { token = token["access_token"]!, token_type_hint = "", client_secret = "", client_id = "" };
            Assert.Equal(200, (await server.PostAsync(path, asked, Service)).Status);
        }

        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        foreach (var name in new[] { "prompt", "max_age", "resource", "request", "request_uri", "id_token_hint", "claims", "display" })
            request.With(name, "");
        Assert.Contains("code", (await alice.AuthorizeAsync(request)).Keys);
        var tokens = await server.TokensAsync();
        var userinfo = await server.PostAsync("/oidc/userinfo", new { access_token = "" }, bearer: tokens["access_token"]);
        Assert.Equal(200, userinfo.Status);
        Assert.Equal("Sign out · Authly", (await alice.VisitAsync("/oidc/logout?id_token_hint=&post_logout_redirect_uri=&state=")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_parameter_that_nobody_defines_is_ignored_at_every_endpoint(Database database)
    {
        var server = await servers.SharedAsync(database);
        const string Unknown = "audience=x&client_info=1&x-client-SKU=msal&request_id=7&username=a&code=x&device_code=y";
        using var posted = await server.PostRawAsync(
            "/oauth/token", $"grant_type=client_credentials&client_id=service&client_secret=service-secret-for-tests&{Unknown}");
        Assert.Equal(200, (int)posted.StatusCode);
        using var alice = new Person(server);
        var request = new AuthorizationRequest();
        var login = await alice.VisitAsync($"{request.Url}&{Unknown}&access_type=offline&domain_hint=x");
        Assert.Equal("Sign in · Authly", login.Title);
        Assert.Equal("Sign out · Authly", (await SignedInAsync(server)).Title);

        static async Task<Person.Page> SignedInAsync(AuthlyServer server)
        {
            using var bob = new Person(server, "bob");
            await bob.AuthorizeAsync(new AuthorizationRequest());
            return await bob.VisitAsync("/oidc/logout?returnTo=x&federated=");
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_form_in_UTF8_by_any_of_its_names_is_read(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var charset in new[] { "", "; charset=utf8", "; charset=UTF-8", "; charset=\"utf-8\"" })
        {
            using var content = new ByteArrayContent(Encoding.ASCII.GetBytes("grant_type=client_credentials"));
            content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded" + charset);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = content };
            var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes(Service));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
            Assert.Equal(200, (int)(await server.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_state_of_8_KiB_comes_back_whole_and_no_header_of_ours_is_longer_than_4_KB(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var state in new[] { new string('s', 8192), string.Concat(Enumerable.Repeat("{\"&\"} ", 1170)), new string('s', 2000) })
        {
            using var alice = new Person(server);
            var request = new AuthorizationRequest().With("state", state);
            Assert.Equal(state, (await alice.AuthorizeAsync(request))["state"]);
            // And once more, without a page on the way.
            Assert.Equal(state, (await alice.VisitAsync(request.Url)).Parameters["state"]);
            Assert.InRange(alice.LongestHeader, 100, 4096);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_request_that_was_posted_with_16_KB_is_still_whole_after_the_sign_in(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("post", "openid")
            .With("state", new string('s', 8000)).With("login_hint", new string('h', 8000));
        var login = await alice.PostAsync("/oauth/authorize", [.. request.Parameters]);
        var done = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Equal((8000, true), (done.Parameters["state"].Length, done.Parameters.ContainsKey("code")));
    }

    [Theory, OnEachDatabase]
    public async Task What_cannot_be_read_is_told_to_the_client_once_its_redirect_uri_is_proven(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var many = string.Concat(Enumerable.Range(0, 70).Select(index => $"&p{index}=x"));
        foreach (var wrong in new[] { "&nonce=" + new string('n', 8193), "&nonce=twice", "&ui_locales=%ff", "&ui_locales=a%00", many })
        {
            var told = await alice.VisitAsync(new AuthorizationRequest().Url + wrong);
            Assert.True(told.Location is not null, wrong[..Math.Min(20, wrong.Length)]);
            Assert.Equal(("invalid_request", "state-1", server.Issuer),
                (told.Parameters["error"], told.Parameters["state"], told.Parameters["iss"]));
        }

        var foreign = new AuthorizationRequest().With("redirect_uri", "https://evil.example/cb").Url + "&nonce=twice";
        Assert.Null((await alice.VisitAsync(foreign)).Location);
    }

    [Theory, OnEachDatabase]
    public async Task A_request_by_reference_that_was_not_pushed_is_refused_by_redirect(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest().With("request_uri", "urn:ietf:params:oauth:request_uri:x");
        var told = await alice.VisitAsync(request.Url);
        Assert.Equal("invalid_request_uri", told.Parameters["error"]);
        Assert.DoesNotContain("error_uri", told.Parameters.Keys);
    }

    [Theory, OnEachDatabase]
    public async Task A_loopback_address_has_any_port_and_nothing_else_of_its_text_is_free(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        foreach (var (uri, isRight) in new[]
        {
            ("http://127.0.0.1/callback", true), ("http://127.0.0.1:50123/callback", true), ("http://localhost:50123/callback", false),
            ("http://127.0.0.1:1/callback\n", false), ("http://127.0.0.1:1/x/../callback", false), ("http://127.0.0.1:1/%63allback", false),
            ("http://127.0.0.1:70000/callback", false), ("http://127.0.0.1:1/callback?x", false),
            ("http://127.0.0.1:1@evil.example/", false),
        })
        {
            var page = await alice.VisitAsync(new AuthorizationRequest("native", "openid").With("redirect_uri", uri).Url);
            Assert.True(isRight == (page.Title == "Sign in · Authly"), $"{uri}: {(int)page.Status}");
            Assert.Equal(isRight ? 200 : 400, (int)page.Status);
        }
    }
}
