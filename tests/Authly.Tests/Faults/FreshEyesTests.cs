using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>What a reviewer found in what was made tolerant, each the smallest input of its kind.</summary>
public sealed class FreshEyesTests(Servers servers)
{
    private static readonly (string, string)[] Alice = [("Username", "alice"), ("Password", "correct horse battery")];

    [Theory, OnEachDatabase]
    public async Task Claims_that_are_JSON_and_no_text_are_refused_by_redirect(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        foreach (var claims in new[]
        {
            """{"userinfo":{"\ud800":null}}""", """{"userinfo":{"a":{"value":"\ud800"}}}""", """{"userinfo":{"a":{"\ud800":1}}}""",
            """{"id_token":{"acr":{"essential":true,"values":["\ud800"]}}}""", "[]", """{"userinfo":[]}""", """{"userinfo":{"a":1}}""",
        })
        {
            var told = await alice.VisitAsync(new AuthorizationRequest().With("claims", claims).Url);
            Assert.Equal((claims, "invalid_request"), (claims, told.Parameters.GetValueOrDefault("error")));
        }

        var number = """{"id_token":{"acr":{"essential":true,"value":1}}}""";
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var unmet = await alice.VisitAsync(new AuthorizationRequest().With("claims", number).With("prompt", "none").Url);
        Assert.Equal("unmet_authentication_requirements", unmet.Parameters["error"]);
        Assert.DoesNotContain("error_uri", unmet.Parameters.Keys);
    }

    [Theory, OnEachDatabase]
    public async Task A_consent_page_that_was_made_for_one_person_says_nothing_for_another(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var browser = new Person(server);
        var login = await browser.VisitAsync(new AuthorizationRequest("spa", "openid email").Url);
        var consent = await login.SubmitAsync(Alice);
        await (await browser.VisitAsync("/account/logout")).SubmitAsync();
        await (await browser.VisitAsync("/account/login")).SubmitAsync(("Username", "bob"), Alice[1]);
        var again = await consent.SubmitAsync(("decision", "allow"));
        Assert.Equal("Allow access · Authly", again.Title);
        Assert.Contains("bob", again.Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Proving_the_password_anew_makes_a_copied_cookie_worthless_and_leaves_codes_alone(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var first = new AuthorizationRequest("post", "openid");
        var code = (await alice.AuthorizeAsync(first))["code"];
        var copied = alice.Cookies;
        await alice.AuthorizeAsync(new AuthorizationRequest("post", "openid").With("prompt", "login"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account");
        request.Headers.TryAddWithoutValidation("Cookie", copied);
        Assert.Equal(302, (int)(await server.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal("Your account · Authly", (await alice.VisitAsync("/account")).Title);
        var form = new
        {
            grant_type = "authorization_code",
            code,
            code_verifier = first.Verifier,
            redirect_uri = Person.Callback.ToString(),
            client_id = "post",
            client_secret = "post-secret-for-tests",
        };
        Assert.Equal(200, (await server.PostAsync("/oauth/token", form)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task What_no_endpoint_defines_is_not_kept_and_a_living_request_is_shown_to_nobody(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        var login = await alice.PostAsync("/oauth/authorize",
            [.. new AuthorizationRequest().With("login_hint", "alice@example.com").Parameters, ("client_secret", "TOPSECRET")]);
        Assert.Equal(0, await shared.CountAsync("interactions where \"Request\" like '%TOPSECRET%'"));
        using var other = new Person(server);
        var shown = await other.VisitAsync("/account/interrupted" + login.Url.Query);
        Assert.Contains("leads nowhere", shown.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice@example.com", shown.Html, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_claim_that_was_asked_for_falls_away_with_the_scope_that_holds_it(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__RegistrationsMaximumAge", "00:00:01"));
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        var request = new AuthorizationRequest("web", "openid offline_access").With("claims", """{"userinfo":{"email":null}}""");
        var tokens = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        var before = await server.UserInfoAsync(tokens["access_token"]);
        Assert.Equal(("alice@example.com", "True"), (before["email"], before["email_verified"]));
        await shared.ExecuteAsync("update applications set \"Permissions\" = replace(\"Permissions\", 'scp:email', 'scp:none')");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var refreshed = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Null((await server.UserInfoAsync(refreshed["access_token"]))["email"]);
    }

    [Theory, OnEachDatabase]
    public async Task The_scopes_of_a_narrowed_token_mean_something_to_its_audience(Database database)
    {
        var server = await servers.SharedAsync(database);
        var tokens = await server.TokensAsync(scope: "openid email orders.read offline_access");
        var form = new { grant_type = "refresh_token", refresh_token = tokens["refresh_token"]!, resource = "https://orders.example" };
        var narrowed = await server.PostAsync("/oauth/token", form, Flows.Web);
        Assert.Equal("orders.read", narrowed["scope"]);
        var scoped = await server.RefreshAsync(narrowed["refresh_token"]!, scope: "openid email");
        Assert.Equal(server.Issuer, Jwt.Payload(scoped["access_token"]!).GetProperty("aud").GetString());
    }

    [Theory, OnEachDatabase]
    public async Task A_native_application_is_not_posted_to_and_HEAD_gives_no_code(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("native", "openid").With("redirect_uri", "acme://done").With("response_mode", "form_post");
        var page = await (await alice.VisitAsync(request.Url)).SubmitAsync(Alice);
        Assert.Contains("href=\"acme://done?code=", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Html, StringComparison.Ordinal);
        using var head = new HttpRequestMessage(HttpMethod.Head, new AuthorizationRequest("post", "openid").Url);
        head.Headers.TryAddWithoutValidation("Cookie", alice.Cookies);
        using var answer = await server.Http.SendAsync(head, TestContext.Current.CancellationToken);
        Assert.Equal((200, null), ((int)answer.StatusCode, answer.Headers.Location));
    }
}
