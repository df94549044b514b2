using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.People;

public sealed class InvitationTests
{
    private const string Chosen = "a passphrase of their own";

    [Theory, OnEachDatabase]
    public async Task An_invited_person_chooses_the_password_by_a_link_that_is_good_once(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var invited = await shared.TellAsync("user", "invite", "ann", "--group", "staff", "--Authly:Issuer", server.Issuer);
        var link = invited.GetProperty("link").GetString()!;
        Assert.StartsWith($"{server.Issuer}/invitation?proof=", link, StringComparison.Ordinal);
        Assert.InRange(invited.GetProperty("expires_at").GetDateTime(), DateTime.UtcNow.AddDays(2.9), DateTime.UtcNow.AddDays(3.1));

        // Mail programs open links before people do.
        using var mail = new Person(server);
        Assert.Contains("Welcome, ann", (await mail.VisitAsync(link)).Text, StringComparison.Ordinal);
        using var ann = new Person(server, "ann", Chosen);
        var page = await ann.VisitAsync(link);
        Assert.Contains("at least 8", (await page.SubmitAsync(("NewPassword", "short"))).Text, StringComparison.Ordinal);
        Assert.Contains("guessed first", (await page.SubmitAsync(("NewPassword", "password1"))).Text, StringComparison.Ordinal);
        Assert.Equal("/account", (await page.SubmitAsync(("NewPassword", Chosen))).Url.PathAndQuery);

        var late = await mail.VisitAsync(link);
        Assert.Equal("This link is no longer good · Authly", late.Title);
        foreach (var nonsense in new[] { "", "nonsense", "CfDJ8", link.Split('=')[1][..^8] })
        {
            using var stranger = new Person(server);
            Assert.Contains("no longer good", (await stranger.VisitAsync($"/invitation?proof={nonsense}")).Title, StringComparison.Ordinal);
        }

        // Nor by a form that was open when the password was chosen.
        using var slow = new Person(server);
        var second = await shared.TellAsync("user", "invite", "bea", "--Authly:Issuer", server.Issuer);
        var open = await slow.VisitAsync(second.GetProperty("link").GetString()!);
        using var bea = new Person(server);
        await (await bea.VisitAsync(second.GetProperty("link").GetString()!)).SubmitAsync(("NewPassword", Chosen));
        Assert.Contains("no longer good", (await open.SubmitAsync(("NewPassword", "another passphrase"))).Title, StringComparison.Ordinal);
        using var signingIn = new Person(server, "ann", Chosen);
        Assert.NotNull((await signingIn.AuthorizeAsync(new AuthorizationRequest()))["code"]);
    }

    [Theory, OnEachDatabase]
    public async Task Another_invitation_ends_the_one_before_and_nobody_with_a_password_is_invited(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        async Task<Answer> InviteAsync(string username, bool administrator = false) =>
            await api.SendAsync("POST", "invitations", new { username, administrator, groups = new[] { "staff" } });
        var (first, second) = (await InviteAsync("ann"), await InviteAsync("Ann"));
        Assert.Equal((201, 201, "/admin/people/ann"), (first.Status, second.Status, $"{second.Message.Headers.Location}"));
        Assert.Equal(first["sub"], second["sub"]);
        using var person = new Person(server);
        Assert.Contains("no longer good", (await person.VisitAsync(first["link"]!)).Title, StringComparison.Ordinal);
        Assert.Contains("Welcome", (await person.VisitAsync(second["link"]!)).Title, StringComparison.Ordinal);
        Assert.Equal("staff", (await api.GetAsync("people/ann")).Json.GetProperty("groups")[0].GetString());

        Assert.Equal(409, (await InviteAsync("alice")).Status);
        Assert.Equal(400, (await InviteAsync("")).Status);
        Assert.Equal(200, (await api.SendAsync("POST", "people/ann/disable")).Status);
        Assert.Contains("no longer good", (await person.VisitAsync(second["link"]!)).Title, StringComparison.Ordinal);

        // Whoever may write people makes no administrator, by a link as little as by a password.
        var weak = await AdminApi.OpenAsync(shared, server, "admin:people:write", "weak");
        Assert.Equal(403, (await weak.SendAsync("POST", "invitations", new { username = "eve", administrator = true })).Status);
        Assert.Equal(201, (await InviteAsync("root", administrator: true)).Status);
        Assert.Equal(403, (await weak.SendAsync("POST", "invitations", new { username = "root" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await person.VisitAsync("/account/login")).Status);
    }
}
