using Authly.Tests.Harness;

namespace Authly.Tests.Features.People;

public sealed class UserCommandTests
{
    [Theory, OnEachDatabase]
    public async Task An_administrator_who_is_made_by_the_command_line_chooses_a_password_at_the_first_sign_in(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var made = await shared.TellAsync("user", "create", " Root ", "--administrator", "--group", "staff");
        var password = made.GetProperty("password").GetString()!;
        Assert.Matches("^([a-z2-9]{4}-){3}[a-z2-9]{4}$", password);
        Assert.Equal("authly user create: Somebody has that username already.", await shared.RefusedAsync("user", "create", "ROOT"));

        using var root = new Person(server, "root", password);
        var page = await (await root.VisitAsync("/account/login")).SubmitAsync(("Username", "root"), ("Password", password));
        Assert.Equal("Choose a password · Authly", page.Title);
        page = await page.SubmitAsync(("NewPassword", "a good new password"));
        Assert.Equal("Your account · Authly", page.Title);
    }

    [Theory, OnEachDatabase]
    public async Task A_disabled_account_is_out_everywhere_at_once_and_in_again_when_it_is_enabled(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var tokens = await one.TokensAsync();
        await shared.TellAsync("user", "disable", "Alice");
        foreach (var server in new[] { one, other })
        {
            Assert.Equal(401, (await server.UserInfoAsync(tokens["access_token"])).Status);
            Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
            Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        }

        Assert.Equal(0, await shared.CountAsync("sessions"));
        using var alice = new Person(one);
        var page = await (await alice.VisitAsync("/account/login"))
            .SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Equal("Sign in · Authly", page.Title);
        await shared.TellAsync("user", "enable", "alice");
        Assert.Equal(200, (await one.UserInfoAsync((await one.TokensAsync())["access_token"])).Status);
        // What ended stays ended.
        Assert.False(await one.IsActiveAsync(tokens["access_token"]!));
    }

    [Theory, OnEachDatabase]
    public async Task A_reset_password_ends_what_the_old_one_gave(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var password = (await shared.TellAsync("user", "reset", "alice")).GetProperty("password").GetString()!;
        Assert.False(await server.IsActiveAsync(tokens["access_token"]!));
        foreach (var (typed, title) in new[] { ("correct horse battery", "Sign in"), (password, "Choose a password") })
        {
            using var alice = new Person(server);
            var page = await (await alice.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", typed));
            Assert.Equal($"{title} · Authly", page.Title);
        }

        Assert.All(new[] { "reset", "disable", "enable" }.Select(verb => shared.RefusedAsync("user", verb, "nobody").Result),
            fault => Assert.EndsWith(": There is no such account.", fault, StringComparison.Ordinal));
    }

    [Theory, OnEachDatabase]
    public async Task Accounts_are_listed_by_their_names_page_by_page_without_what_proves_them(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await shared.MigrateAsync();
        foreach (var name in new[] { "zoe", "Ann", "anna", "bob" })
            await shared.TellAsync("user", "create", name);
        Assert.Equal(["Ann", "anna", "bob", "zoe"], await ListAsync(shared));
        Assert.Equal(["Ann", "anna"], await ListAsync(shared, "--limit", "2"));
        Assert.Equal(["bob", "zoe"], await ListAsync(shared, "--limit", "2", "--after", "ANNA"));
        Assert.Equal(["Ann", "anna"], await ListAsync(shared, "--search", "an"));
        Assert.DoesNotContain("assword", (await shared.TellAsync("user", "list")).GetRawText(), StringComparison.Ordinal);
        Assert.Equal("authly user create: A username has 1 to 256 characters.", await shared.RefusedAsync("user", "create", " "));
        Assert.Equal("authly user list: The limit is 1 to 200.", await shared.RefusedAsync("user", "list", "--limit", "0"));
    }

    private static async Task<IEnumerable<string?>> ListAsync(SharedDatabase shared, params string[] words) =>
        (await shared.TellAsync(["user", "list", .. words])).GetProperty("people").EnumerateArray()
            .Select(person => person.GetProperty("username").GetString());
}
