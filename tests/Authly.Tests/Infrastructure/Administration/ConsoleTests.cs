using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed class ConsoleTests
{
    [Theory, OnEachDatabase]
    public async Task A_page_is_for_administrators_and_brings_whoever_signs_in_for_it_back(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        Assert.True(ConsolePages.All.Count >= 13, $"{ConsolePages.All.Count}");
        using var alice = new Person(server);
        foreach (var (url, _) in ConsolePages.All)
            Assert.Equal("Sign in · Authly", (await alice.VisitAsync(url)).Title);
        var login = await alice.VisitAsync(ConsolePages.All[0].Url);
        await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        foreach (var (url, handlers) in ConsolePages.All)
        {
            var refused = await alice.VisitAsync(url);
            Assert.Equal((HttpStatusCode.Forbidden, "This is for administrators · Authly"), (refused.Status, refused.Title));
            foreach (var handler in handlers)
            {
                var account = await alice.VisitAsync("/account/password");
                var sent = await alice.PostAsync($"{url}{(url.Contains('?') ? '&' : '?')}handler={handler}", [.. account.Hidden]);
                Assert.Equal(HttpStatusCode.Forbidden, sent.Status);
            }
        }

        using var administrator = await ConsolePages.OpenAsync(shared, server);
        foreach (var (url, _) in ConsolePages.All)
        {
            Assert.Equal(HttpStatusCode.OK, (await administrator.VisitAsync(url)).Status);
            using var another = new Person(server);
            await ConsolePages.SignInAsync(another, url);
        }

        await shared.ExecuteAsync("""update users set "IsAdministrator" = false""");
        Assert.Equal(HttpStatusCode.Forbidden, (await administrator.VisitAsync("/admin")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_change_wants_a_sign_in_of_15_minutes_at_most_and_this_browsers_form(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        foreach (var (url, handlers) in ConsolePages.All)
            foreach (var handler in handlers)
                Assert.Equal(HttpStatusCode.BadRequest, (await alice.PostAsync($"{url}{(url.Contains('?') ? '&' : '?')}handler={handler}"))
                    .Status);
        Assert.Equal("Choose a name", await NameAsync("Choose a name"));

        await shared.ExecuteAsync("""update sessions set "AuthenticatedAt" = '2020-01-01 00:00:00'""");
        var sent = 0;
        foreach (var (url, handlers) in ConsolePages.All)
        {
            Assert.Contains("sign in", (await alice.VisitAsync(url)).Text, StringComparison.Ordinal);
            foreach (var handler in handlers)
            {
                var refused = await alice.SendAsync(url, handler, ("Fields.Name", "Typed"), ("GraceHours", "1"));
                Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
                Assert.Contains("You signed in more than 15 minutes ago", refused.Text, StringComparison.Ordinal);
                sent++;
            }
        }

        Assert.True(sent > 15, $"{sent}");
        var again = await alice.SendAsync(Web, "", ("Fields.Name", "Typed"), ("Fields.Scope", "openid"));
        Assert.Contains("value=\"Typed\"", again.Html, StringComparison.Ordinal);
        var login = await alice.VisitAsync("/account/login?again=true&return=%2Fadmin%2Fconsole%2Fstatus");
        Assert.Contains("value=\"alice\"", login.Html, StringComparison.Ordinal);
        var back = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Equal("/admin/console/status", back.Url.PathAndQuery);
        // What was typed before is sent again as it stands in the other tab.
        Assert.Equal("Typed", await NameAsync("Typed"));
        Assert.Equal(2, await shared.CountAsync("""audit_events where "Event" = 'client_changed' and "ActorKind" = 'person'"""));
        Assert.Equal(0, await shared.CountAsync("""audit_events where "Event" in ('client_deleted', 'person_deleted', 'scope_deleted')"""));

        async Task<string> NameAsync(string name)
        {
            var changed = await alice.SendAsync(Web, "", ("Fields.Name", name), ("Fields.Scope", "openid"),
                ("Fields.RedirectUris", "https://app.example/callback\r\n"), ("Fields.GrantTypes", "authorization_code"));
            Assert.Equal(("Done", HttpStatusCode.OK), (changed.Text.Contains("Done.", StringComparison.Ordinal) ? "Done" : changed.Text,
                changed.Status));
            return changed.Html.Contains($"value=\"{name}\"", StringComparison.Ordinal) ? name : changed.Html;
        }
    }

    [Theory, OnEachDatabase]
    public async Task Of_two_administrators_who_change_one_thing_the_second_is_told_and_loses_nothing_that_was_typed(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var one = await ConsolePages.OpenAsync(shared, server);
        using var other = new Person(server);
        await ConsolePages.SignInAsync(other);
        foreach (var (url, fields) in new[]
        {
            (Web, new[]
            {
                ("Fields.Name", "Changed"), ("Fields.RedirectUris", "https://a.example/"), ("Fields.GrantTypes", "authorization_code"),
            }),
            ("/admin/console/scopes/scope?name=orders.read", [("Description", "Changed"), ("Resources", "https://orders.example")]),
            ("/admin/console/people/person?username=bob", [("Groups", "Changed"), ("Claims", "{}")]),
        })
        {
            var read = await other.VisitAsync(url);
            Assert.Equal(HttpStatusCode.OK, (await one.SendAsync(url, "", fields)).Status);
            var typed = fields.Select((field, index) => index == 0 ? (field.Item1, "Typed by the other") : field).ToArray();
            var told = await other.PostAsync(url, [.. read.Hidden.DistinctBy(field => field.Name), .. typed]);
            Assert.Equal(HttpStatusCode.PreconditionFailed, told.Status);
            Assert.Contains("Somebody else has just changed it", told.Text, StringComparison.Ordinal);
            Assert.Contains("Typed by the other", told.Html, StringComparison.Ordinal);
            Assert.Contains("Changed", (await one.VisitAsync(url)).Html, StringComparison.Ordinal);
        }
    }

    [Theory, OnEachDatabase]
    public async Task In_Production_the_first_page_shows_what_happens_from_when_somebody_begins_to_look(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        using var production = new Production();
        var port = Network.FreePort();
        production.Configure(shared.Settings, $"https://localhost:{port}");
        await shared.MigrateAsync();
        var root = await shared.TellAsync("user", "create", "root", "--administrator");
        await using var server = await Production.StartAsync(shared, port);
        using var person = new Person(server);
        var page = await (await person.VisitAsync("/admin")).SubmitAsync(
            ("Username", "root"), ("Password", root.GetProperty("password").GetString()!));
        page = await page.SubmitAsync(("NewPassword", "a passphrase of their own"));
        Assert.Equal("/admin", page.Url.PathAndQuery);
        Assert.Contains("kept since", page.Text, StringComparison.Ordinal);
        Assert.Equal(401, (await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "nobody:nothing")).Status);
        for (var attempt = 0; !page.Html.Contains("""<th scope="row">invalid_client</th><td>1</td>""", StringComparison.Ordinal); attempt++)
        {
            Assert.True(attempt < 40, page.Text);
            await Task.Delay(500, TestContext.Current.CancellationToken);
            page = await person.VisitAsync("/admin");
        }

        Assert.Equal(HttpStatusCode.NotFound, (await person.VisitAsync("/insights")).Status);
    }

    private const string Web = "/admin/console/clients/client?client_id=web";
}
