using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed class ConsoleHostileTests
{
    private static readonly string[] Parameters =
        ["client_id", "name", "username", "search", "after", "subject", "event", "since", "token_id", "done"];

    private static readonly string[] Fields =
    [
        "Version", "Fields.Name", "Fields.RedirectUris", "Fields.GrantTypes", "Fields.Scope", "Metadata", "GraceHours", "ClientId",
        "NewName", "Description", "Resources", "NewUsername", "Groups", "Claims", "sid", "id", "IsPublic", "IsAdministrator",
    ];

    [Theory, OnEachDatabase]
    public async Task Nobody_is_brought_anywhere_else_from_the_sign_in(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        foreach (var target in new[]
        {
            "https://evil.example/", "//evil.example", "/\\evil.example", "\t//evil.example", "/adminevil", "/admin.evil.example", "admin",
            "javascript:alert(1)", "/oauth/authorize", "/admin\r\nX: y", "/admin/\u00e4", "", "/admin@evil.example",
            "/admin/../account/logout", "/admin/%2e%2e/account/logout", "/admin/..//evil.example",
        })
        {
            using var alice = new Person(server);
            var login = await alice.VisitAsync($"/account/login?return={Uri.EscapeDataString(target)}");
            var reached = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
            Assert.Equal(("/account", HttpStatusCode.OK), (reached.Url.PathAndQuery, reached.Status));
            var signedIn = await alice.VisitAsync($"/account/login?return={Uri.EscapeDataString(target)}");
            Assert.Contains("href=\"/account\"", signedIn.Html, StringComparison.Ordinal);
        }
    }

    [Theory, OnEachDatabase]
    public async Task No_input_fails_a_page(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = await ConsolePages.OpenAsync(shared, server);
        foreach (var (url, handlers) in ConsolePages.All)
        {
            var path = url.Split('?')[0];
            foreach (var nonsense in new[] { "%00", "%FF", "a%0Ab", "%F0%9F%98%80", new string('x', 5000), "' or 1=1 --", "[]", "" })
            {
                await IsAnsweredAsync(alice.VisitAsync($"{path}?{string.Join('&', Parameters.Select(name => $"{name}={nonsense}"))}"));
                var fields = Fields.Select(name => (name, Uri.UnescapeDataString(nonsense))).ToArray();
                foreach (var handler in handlers.Intersect(["", "Metadata", "Rotate", "End", "EndAll", "Revoke", "RevokeAll"]))
                    await IsAnsweredAsync(alice.SendAsync(url, handler, fields));
            }
        }
    }

    private static async Task IsAnsweredAsync(Task<Person.Page> page)
    {
        var answer = await page;
        Assert.True((int)answer.Status is >= 200 and < 428, $"{answer.Url}: {answer.Status}");
    }
}
