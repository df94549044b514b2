using System.Net;
using System.Web;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS C: people with tabs, a Back button, and something else to do meanwhile.</summary>
public sealed class PeopleTests(Servers servers)
{
    private static readonly (string, string)[] Alice = [("Username", "alice"), ("Password", "correct horse battery")];

    [Theory, OnEachDatabase]
    public async Task A_form_that_was_opened_before_another_tab_signed_in_or_out_still_works(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var (one, two) = (await alice.VisitAsync("/account/login"), await alice.VisitAsync("/account/login"));
        foreach (var page in new[] { await one.SubmitAsync(Alice), await two.SubmitAsync(Alice), await one.SubmitAsync(Alice) })
            Assert.Equal("Your account · Authly", page.Title);
        var (out1, out2) = (await alice.VisitAsync("/account/logout"), await alice.VisitAsync("/account/logout"));
        foreach (var page in new[] { await out1.SubmitAsync(), await out2.SubmitAsync() })
            Assert.Equal("Signed out · Authly", page.Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_form_of_another_browser_is_refused_whoever_is_signed_in(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await (await alice.VisitAsync("/account/login")).SubmitAsync(Alice);
        using var mallory = new Person(server);
        var form = await mallory.VisitAsync("/account/login");
        var forged = await alice.PostAsync("/account/login", [.. form.Hidden, ("Username", "bob"), ("Password", "correct horse battery")]);
        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_sign_in_for_a_second_application_keeps_the_session_that_the_first_ones_code_is_of(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var (forA, forB) = (new AuthorizationRequest("post", "openid"), new AuthorizationRequest("exempt", "openid"));
        var (pageA, pageB) = (await alice.VisitAsync(forA.Url), await alice.VisitAsync(forB.Url));
        var codeA = (await pageA.SubmitAsync(Alice)).Parameters["code"];
        Assert.Contains("code", (await pageB.SubmitAsync(Alice)).Parameters.Keys);
        var form = new
        {
            grant_type = "authorization_code",
            code = codeA,
            code_verifier = forA.Verifier,
            redirect_uri = Person.Callback.ToString(),
            client_id = "post",
            client_secret = "post-secret-for-tests",
        };
        Assert.Equal(200, (await server.PostAsync("/oauth/token", form)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task An_interaction_whose_time_is_up_names_its_application_and_leads_back_to_it(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest().Url);
        await shared.ExecuteAsync("update interactions set \"ExpiresAt\" = '2026-01-01 00:00:00'");
        foreach (var page in new[] { await alice.VisitAsync(login.Url.ToString()), await login.SubmitAsync(Alice) })
        {
            Assert.Equal("Not finished · Authly", page.Title);
            Assert.Contains("Go on to Acme Web", page.Text, StringComparison.Ordinal);
        }

        var over = await alice.VisitAsync("/account/consent" + login.Url.Query);
        Assert.Equal("Allow access · Authly", (await over.SubmitAsync()).Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_broken_interaction_is_said_to_be_one_on_every_page(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var paths = new[] { "/account/login", "/account/consent", "/account/logout", "/oauth/authorize", "/oidc/logout" };
        foreach (var path in paths)
        {
            foreach (var handle in new[] { "x", new string('A', 22), "%00", "a b" })
            {
                var page = await alice.VisitAsync($"{path}?interaction={handle}");
                Assert.True(
                    page.Title == "Not finished · Authly" || page.Status == HttpStatusCode.BadRequest, $"{path} {handle}: {page.Text}");
            }
        }
    }

    [Theory, OnEachDatabase]
    public async Task Who_was_signed_out_before_pressing_Allow_is_told_and_goes_on_after_signing_in(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest().Url);
        var consent = await login.SubmitAsync(Alice);
        await (await alice.VisitAsync("/account/logout")).SubmitAsync();
        var told = await consent.SubmitAsync(("decision", "allow"));
        Assert.Contains("signed out in the meantime", told.Text, StringComparison.Ordinal);
        Assert.Contains("Acme Web", told.Text, StringComparison.Ordinal);
        var asked = await told.SubmitAsync(Alice);
        Assert.Contains("code", (await asked.SubmitAsync(("decision", "allow"))).Parameters.Keys);
    }

    [Theory, OnEachDatabase]
    public async Task Back_at_the_sign_in_page_a_person_reads_who_is_signed_in_and_can_go_on_or_be_another(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest("post", "openid").Url);
        await login.SubmitAsync(Alice);
        var back = await alice.VisitAsync(login.Url.ToString());
        Assert.Contains("You are signed in", back.Text, StringComparison.Ordinal);
        Assert.Contains("alice", back.Text, StringComparison.Ordinal);
        Assert.Contains("/oauth/authorize?interaction=", back.Html, StringComparison.Ordinal);
        var handle = HttpUtility.ParseQueryString(login.Url.Query)["interaction"];
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync($"/account/login?interaction={handle}&another=true")).Title);
        // Who must prove it anew finds the form at once.
        var forced = new AuthorizationRequest("post", "openid").With("prompt", "login");
        Assert.Equal("Sign in · Authly", (await alice.VisitAsync(forced.Url)).Title);
    }
}
