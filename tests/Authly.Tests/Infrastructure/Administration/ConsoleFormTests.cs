using System.Net;
using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed partial class ConsoleFormTests
{
    private const string Web = "/admin/console/clients/client?client_id=web";
    private const string Bob = "/admin/console/people/person?username=bob";

    [Theory, OnEachDatabase]
    public async Task A_form_that_is_shown_after_a_refusal_says_what_the_client_is_and_no_form_is_taken_by_half(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        var before = (await MetadataAsync(alice)).Replace("\r", "", StringComparison.Ordinal);
        var shown = await alice.SendAsync(Web, "Rotate", ("GraceHours", "9999"));
        Assert.Equal(HttpStatusCode.BadRequest, shown.Status);
        Assert.Contains("http://localhost:5999/callback", shown.Text, StringComparison.Ordinal);
        Assert.Matches("value=\"authorization_code\"\\s+checked", shown.Html);
        // MVC would bind these without their prefix, and take the rest for empty.
        Assert.Equal(HttpStatusCode.BadRequest, (await alice.SendAsync(Web, "", ("Name", "taken"))).Status);
        Assert.Equal(before, await MetadataAsync(alice));

        await alice.SendAsync(Web, "", ("Fields.Name", "Nothing"), ("Fields.GrantTypes", "client_credentials"), ("Fields.Scope", " "));
        Assert.Contains("\"scope\": \"\"", await MetadataAsync(alice), StringComparison.Ordinal);
        await alice.SendAsync(Web, "", ("Fields.Name", "Nothing more"), ("Fields.GrantTypes", "client_credentials"), ("Fields.Scope", ""));
        Assert.Contains("\"scope\": \"\"", await MetadataAsync(alice), StringComparison.Ordinal);
        var disabled = await alice.SendAsync(Web, "Metadata", ("Metadata", "{\"disabled\": true}"));
        Assert.Contains("disabled is changed by Disable", disabled.Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_secret_is_not_rotated_twice_by_a_form_that_is_sent_twice(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        var page = await alice.VisitAsync(Web);
        var form = page.Hidden.DistinctBy(field => field.Name).Append(("GraceHours", "24")).ToArray();
        Assert.Contains("Its new secret", (await alice.PostAsync($"{Web}&handler=Rotate", form)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await alice.PostAsync($"{Web}&handler=Rotate", form)).Status);
        Assert.Equal(1, await shared.CountAsync("audit_events where \"Event\" = 'client_secret_rotated'"));
        Assert.NotEqual(401, (await server.PostAsync(
            "/oauth/token", new { grant_type = "authorization_code", code = "none" }, "web:web-secret-for-tests")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_page_has_one_spelling(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        foreach (var path in new[]
        {
            "/ADMIN", "/admin/", "/Admin/console/clients", "/admin/console/CLIENTS", "/admin/console/clients/", "/admin//console/clients",
        })
            Assert.Equal(HttpStatusCode.NotFound, (await alice.VisitAsync(server.UrlOf(path).ToString())).Status);
    }

    [Theory, OnEachDatabase]
    public async Task What_cannot_be_read_told_or_found_is_said(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        foreach (var claims in new[] { new string('[', 9) + new string(']', 9), "{\"x\":1,\"x\":2}" })
            Assert.Contains("dept", (await alice.SendAsync(Bob, "", ("Claims", $"{{\"dept\":{claims}}}"))).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await alice.SendAsync(Bob, "", ("Claims", "{\"a\":1,\"a\":2}"))).Status);
        Assert.Contains("Done.", (await alice.SendAsync(Bob, "", ("Claims", "{\"dept\":[[1]],\"n\":\"J\u00fcrgen\"}"))).Text,
            StringComparison.Ordinal);
        Assert.Contains("J\u00fcrgen", (await alice.VisitAsync(Bob)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge,
            (await alice.SendAsync(Bob, "", ("Claims", new string(' ', 70_000)))).Status);
        Assert.Equal(0, await shared.CountAsync("audit_events where \"Event\" = 'csrf_failed'"));
        foreach (var (handler, name, value) in new[] { ("Metadata", "Metadata", "null"), ("Rotate", "GraceHours", "2147483647") })
            Assert.Equal(HttpStatusCode.BadRequest, (await alice.SendAsync(Web, handler, (name, value))).Status);
        foreach (var query in new[]
        {
            "audit?since=garbage", "audit?after=zzz", "sessions?after=zz", $"clients?search={new string('x', 60_000)}",
            $"people?search={new string('x', 60_000)}",
        })
            Assert.Equal(HttpStatusCode.BadRequest, (await alice.VisitAsync($"/admin/console/{query}")).Status);

        // A scope that was deleted is no reason to refuse what is changed beside it.
        const string Service = "/admin/console/clients/client?client_id=service";
        await alice.SendAsync("/admin/console/scopes/scope?name=orders.read", "Delete");
        var changed = await alice.SendAsync(
            Service, "", ("Fields.Name", "Renamed"), ("Fields.GrantTypes", "client_credentials"), ("Fields.Scope", "orders.read"));
        Assert.Contains("Done.", changed.Text, StringComparison.Ordinal);
        var invented = await alice.SendAsync(
            Service, "", ("Fields.GrantTypes", "client_credentials"), ("Fields.Scope", "orders.read invented"));
        Assert.Contains("not registered", invented.Text, StringComparison.Ordinal);
    }

    private static async Task<string> MetadataAsync(Person alice) =>
        WebUtility.HtmlDecode(Metadata().Match((await alice.VisitAsync(Web)).Html).Groups[1].Value);

    [GeneratedRegex("<textarea[^>]*name=\"Metadata\"[^>]*>(.*?)</textarea>", RegexOptions.Singleline)]
    private static partial Regex Metadata();
}
