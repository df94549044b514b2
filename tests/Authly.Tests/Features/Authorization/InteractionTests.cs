using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Authorization;

/// <summary>What goes through the pages between a request and its answer, and what must not.</summary>
public sealed class InteractionTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task What_a_page_brought_back_is_good_for_its_request_and_session_only(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var login = await alice.VisitAsync(new AuthorizationRequest().With("prompt", "login").Url);
        var consent = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        // Whatever it was, it did not open another request's door, nor does an invented one.
        foreach (var stolen in new[] { consent.Url.ToString(), "invented" })
        {
            var other = new AuthorizationRequest(scope: "openid email").With("prompt", "login").With("interaction", stolen);
            Assert.Equal("Sign in · Authly", (await alice.VisitAsync(other.Url)).Title);
        }
    }

    [Theory, OnEachDatabase]
    public async Task What_was_done_in_one_browser_counts_for_nothing_in_another(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        using var bob = new Person(server, "bob");
        var login = await bob.VisitAsync(new AuthorizationRequest(scope: "openid orders.read").With("prompt", "login").Url);
        var consent = await login.SubmitAsync(("Username", "bob"), ("Password", "correct horse battery"));
        Assert.Equal("Allow access · Authly", consent.Title);
        // Alice follows a link that bob made: she has not given her password for this request.
        var lured = await (await alice.VisitAsync(consent.Url.PathAndQuery)).SubmitAsync(("decision", "allow"));
        Assert.Equal("Sign in · Authly", lured.Title);
    }

    [Theory, OnEachDatabase]
    public async Task An_interaction_of_another_page_leads_nowhere(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        var logout = await alice.VisitAsync("/oidc/logout");
        var interaction = System.Web.HttpUtility.ParseQueryString(logout.Url.Query)["interaction"];
        var consent = await alice.VisitAsync($"/account/consent?interaction={interaction}");
        Assert.Equal(200, (int)consent.Status);
        Assert.EndsWith("/account/interrupted", consent.Url.AbsolutePath, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Markup_in_names_state_and_hints_reaches_a_page_as_text(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var request = new AuthorizationRequest("other", "openid")
            .With("login_hint", "\"><script>alert(1)</script>").With("state", "<script>");
        var login = await alice.VisitAsync(request.Url);
        Assert.DoesNotContain("<script>", login.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", login.Html, StringComparison.Ordinal);
        Assert.Contains("Other <b>Web</b>", login.Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_form_without_its_antiforgery_token_is_refused(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        foreach (var path in new[]
        {
            "/account/login", "/account/logout", "/account/consent", "/account/password", "/account?handler=Revoke", "/try",
        })
        {
            var page = await alice.PostAsync(path, ("Username", "alice"), ("Password", "x"));
            Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        }

        Assert.Equal("Your account · Authly", (await alice.VisitAsync("/account")).Title);
    }
}
