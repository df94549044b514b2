using Authly.Tests.Harness;

namespace Authly.Tests.Features.Account;

public sealed class AccountTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task A_session_s_row_knows_how_it_began_and_the_tokens_rows_know_their_session(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        await server.TokensAsync();
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        const string Password = "\"AuthenticationMethods\" = 'pwd' and \"AuthenticationLevel\" = 'urn:authly:acr:password'";
        Assert.Equal(1, await shared.CountAsync($"sessions where {Password}"));
        Assert.Equal(1, await shared.CountAsync("authorizations where \"SessionId\" = (select \"Id\" from sessions)"));
    }

    [Theory, OnEachDatabase]
    public async Task A_sign_in_makes_a_new_session_and_the_old_cookie_does_not_become_it(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var first = alice.Cookies;
        await alice.AuthorizeAsync(new AuthorizationRequest().With("prompt", "login"));
        Assert.NotEqual(first, alice.Cookies);
    }

    [Theory, OnEachDatabase]
    public async Task A_changed_password_ends_every_other_session_and_every_token(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var here = new Person(server, "bob");
        using var elsewhere = new Person(server, "bob");
        var request = new AuthorizationRequest();
        var tokens = await server.RedeemAsync((await elsewhere.AuthorizeAsync(request))["code"], request.Verifier);
        var pending = new AuthorizationRequest();
        var code = (await elsewhere.AuthorizeAsync(pending))["code"];
        await here.AuthorizeAsync(new AuthorizationRequest());

        var page = await here.VisitAsync("/account/password");
        var wrong = await page.SubmitAsync(("CurrentPassword", "wrong"), ("NewPassword", "another good one"));
        Assert.Contains("The current password is not right.", wrong.Text, StringComparison.Ordinal);
        var weak = await page.SubmitAsync(("CurrentPassword", "correct horse battery"), ("NewPassword", "short"));
        Assert.Contains("at least 8", weak.Text, StringComparison.Ordinal);
        var changed = await page.SubmitAsync(("CurrentPassword", "correct horse battery"), ("NewPassword", "another good one"));
        Assert.Equal("Your account · Authly", changed.Title);

        Assert.Equal("Sign in · Authly", (await elsewhere.VisitAsync("/account")).Title);
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        Assert.Equal("invalid_grant", (await server.RedeemAsync(code, pending.Verifier)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task What_was_allowed_can_be_taken_back_and_the_tokens_go_with_it(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var bob = new Person(server, "bob");
        var request = new AuthorizationRequest();
        var tokens = await server.RedeemAsync((await bob.AuthorizeAsync(request))["code"], request.Verifier);
        var account = await bob.VisitAsync("/account");
        Assert.Contains("Acme Web", account.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Acme Web", (await account.SubmitAsync()).Text, StringComparison.Ordinal);
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        Assert.Equal("Allow access · Authly", (await bob.VisitAsync(new AuthorizationRequest().Url)).Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_session_ends_when_its_time_is_up(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Authly__Lifetimes__Session"] = "00:00:02",
        });
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync("/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task An_account_that_was_disabled_can_do_nothing_more(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-disabled-");
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={folder.FullName}/authly.db";
        await using var first = await AuthlyServer.StartAsync(database, connectionString: connection);
        using var alice = new Person(first);
        var request = new AuthorizationRequest();
        var tokens = await first.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        var pending = new AuthorizationRequest();
        var code = (await alice.AuthorizeAsync(pending))["code"];
        var cookies = alice.Cookies;
        await first.DisposeAsync();

        var seed = Path.Combine(folder.FullName, "seed.json");
        var text = await File.ReadAllTextAsync(AuthlyServer.SeedFile, TestContext.Current.CancellationToken);
        text = text.Replace("\"username\": \"alice\",", "\"username\": \"alice\", \"disabled\": true,", StringComparison.Ordinal);
        await File.WriteAllTextAsync(seed, text, TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string> { ["Urls"] = first.Issuer, ["Authly__Seed__File"] = seed };
        await using var second = await AuthlyServer.StartAsync(database, settings, connection);
        Assert.Equal("invalid_grant", (await second.RedeemAsync(code, pending.Verifier)).Error);
        Assert.Equal("invalid_grant", (await second.RefreshAsync(tokens["refresh_token"]!)).Error);
        Assert.Equal(401, (await second.UserInfoAsync(tokens["access_token"])).Status);
        using var visit = new HttpRequestMessage(HttpMethod.Get, "/account");
        visit.Headers.Add("Cookie", cookies);
        var answer = await second.Http.SendAsync(visit, TestContext.Current.CancellationToken);
        Assert.Contains("/account/login", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Theory, OnEachDatabase]
    public async Task Another_persons_sign_in_ends_the_session_that_it_replaces(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await (await alice.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        var before = alice.Cookies;
        await (await alice.VisitAsync("/account/login?another=true"))
            .SubmitAsync(("Username", "bob"), ("Password", "correct horse battery"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account");
        request.Headers.TryAddWithoutValidation("Cookie", before);
        Assert.Equal(302, (int)(await server.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }
}
