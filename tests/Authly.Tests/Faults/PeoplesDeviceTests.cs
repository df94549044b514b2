using System.Net;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS C: people whose browsers and keyboards are not like ours.</summary>
public sealed class PeoplesDeviceTests(Servers servers)
{
    private static readonly (string, string)[] Alice = [("Username", "alice"), ("Password", "correct horse battery")];

    [Theory, OnEachDatabase]
    public async Task Without_cookies_a_person_reads_that_they_are_needed(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var form = await alice.VisitAsync("/account/login");
        using var without = new Person(server);
        var page = await without.PostAsync("/account/login", [.. form.Hidden, .. Alice]);
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("Cookies are needed", page.Text, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Names_and_passwords_of_the_same_letters_are_the_same_whatever_their_code_points(Database database)
    {
        var seed = Path.GetTempFileName();
        await File.WriteAllTextAsync(seed, """
            { "users": [ { "username": "Ren\u00e9e@Example.com", "password": "cr\u00e8me\u00a0br\u00fbl\u00e9e" } ] }
            """, TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string> { ["Authly__Seed__File"] = seed };
        await using var server = await AuthlyServer.StartAsync(database, settings);
        foreach (var (name, password) in new[]
        {
            ("renée@example.com", "crème brûlée"), ("RENE\u0301E@example.com", "cre\u0300me bru\u0302le\u0301e"),
            ("ｒｅｎée@ｅxample.com", "cr\u00e8me\u2003br\u00fbl\u00e9e"),
        })
        {
            using var person = new Person(server);
            var page = await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", name), ("Password", password));
            Assert.True(page.Title == "Your account · Authly", name);
        }

        using var other = new Person(server);
        var refused = await (await other.VisitAsync("/account/login"))
            .SubmitAsync(("Username", "renée@example.com"), ("Password", "Crème brûlée"));
        Assert.Equal("Sign in · Authly", refused.Title);
    }

    [Theory, OnEachDatabase]
    public async Task Pages_for_passwords_tell_a_password_manager_whose_they_are(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        await (await alice.VisitAsync("/account/login")).SubmitAsync(Alice);
        var page = await alice.VisitAsync("/account/password");
        Assert.Matches("<input[^>]*value=\"alice\"[^>]*autocomplete=\"username\"", page.Html);
    }

    [Theory, OnEachDatabase]
    public async Task A_field_whose_name_no_reader_understands_is_no_fault_of_ours(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var alice = new Person(server);
        var form = await alice.VisitAsync("/account/login");
        var page = await form.SubmitAsync([.. Alice, ("a[", "1")]);
        Assert.Equal("Your account · Authly", page.Title);
        Assert.Equal(200, (await server.GetAsync("/account/login?a[=1&a]=[")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task The_landing_page_at_another_name_of_this_machine_moves_to_the_issuers(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Issuer.Replace("localhost", "127.0.0.1") + "/");
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((302, server.Issuer + "/"), ((int)answer.StatusCode, answer.Headers.Location?.ToString()));
        Assert.Equal(200, (await server.GetAsync("/")).Status);
    }
}
