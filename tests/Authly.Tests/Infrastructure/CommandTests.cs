using System.Text.RegularExpressions;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Infrastructure;

public sealed class CommandTests
{
    [Theory, OnEachDatabase]
    public async Task Rotate_now_withdraws_all_other_keys_and_their_tokens_at_once(Database database)
    {
        // Polls once in two seconds.
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Keys__Announced", "00:00:16"));
        await using var server = await shared.StartAsync();
        var before = await server.KeyIdsAsync();
        var stolen = await server.TokensAsync();
        Assert.Equal(200, (await server.UserInfoAsync(stolen["access_token"])).Status);

        Assert.Equal(0, (await shared.RunAsync("keys", "rotate", "--now")).ExitCode);
        await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Intersect(before).Any(), TimeSpan.FromSeconds(3));
        Assert.Equal(
            (401, false),
            ((await server.UserInfoAsync(stolen["access_token"])).Status, await server.IsActiveAsync(stolen["access_token"]!)));
        // Nobody has to sign in again.
        var fresh = await server.RefreshAsync(stolen["refresh_token"]!);
        var after = await server.KeyIdsAsync();
        Assert.Equal(
            (200, true),
            ((await server.UserInfoAsync(fresh["access_token"])).Status, await server.IsActiveAsync(fresh["access_token"]!)));
        Assert.All([fresh["access_token"]!, fresh["id_token"]!], token => Assert.Contains(Keys.KeyIdOf(token), after));
    }

    [Theory, OnEachDatabase]
    public async Task List_shows_every_key_with_its_state_and_its_times(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Keys__Announced", "00:00:16"));
        await using (var server = await shared.StartAsync())
        {
            await shared.RunAsync("keys", "rotate");
            await server.WaitForKeysAsync(keys => keys.Count == 4, TimeSpan.FromSeconds(4));
            // The first of each retires.
            await shared.ExecuteAsync("""
                delete from signing_keys where "Algorithm" = 'RS256'
                  and "SignsFrom" = (select max("SignsFrom") from signing_keys where "Algorithm" = 'RS256')
                """);
        }

        var (exit, output, error) = await shared.RunAsync("keys", "list");
        Assert.Equal((0, ""), (exit, error));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^KID +ALGORITHM +STATE +SIGNS FROM +SIGNS UNTIL +PUBLISHED UNTIL$", lines[0]);
        var states = lines[1..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
        Assert.Equal(["active", "announced", "active"], states);
        const string Time = @"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ";
        Assert.All(
            lines[1..],
            line => Assert.Matches($"^[\\w-]{{43}}  (ES256|RS256)      (active   |announced)  {Time}  {Time}  {Time}$", line));
        // One ends where the next begins.
        Assert.Equal(Regex.Matches(lines[1], Time)[1].Value, Regex.Matches(lines[2], Time)[0].Value);
    }

    [Fact]
    public async Task A_fault_is_one_readable_line_and_exit_code_1()
    {
        await Task.WhenAll(new[]
        {
            (new[] { "keys", "lst" }, "", "authly keys: There is no 'lst' here"),
            (["kyes"], "", "authly: There is no 'kyes' here"),
            (["keys", "rotate", "--nwo"], "", "authly keys rotate: There is no '--nwo' here"),
            (["client", "show"], "", "authly client show: Required argument 'client-id' missing"),
            (["keys", "list"], $"Data Source={Path.GetTempPath()}nowhere/never.db",
                "authly keys list: The database (SQLite) cannot be reached, or has not been made yet"),
            (["keys", "list"], "Host=127.0.0.1;Port=1;Username=x;Password=secret-of-the-database",
                "authly keys list: The database (PostgreSQL) cannot be reached"),
            (["keys", "list", "--Authly:Keys:Active", "00:00:00"], "", "authly keys list: Authly:Keys:Active must be at least a second"),
        }.Select(async fault =>
        {
            var (words, connection, line) = fault;
            var settings = new Dictionary<string, string>
            {
                ["ConnectionStrings__Authly"] = connection,
                ["Urls"] = "http://localhost:5997",
            };
            var (exit, output, error) = await Keys.RunAsync(settings, words);
            Assert.Equal((1, ""), (exit, output));
            Assert.StartsWith(line, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("secret-of-the-database", error, StringComparison.Ordinal);
        }));

        foreach (var words in new[] { new[] { "keys", "rotate", "--help" }, ["keys"], ["keys", "help"], ["help"], ["--help"] })
        {
            var help = await Keys.RunAsync(new Dictionary<string, string> { ["Urls"] = "http://localhost:5997" }, words);
            Assert.Equal((0, ""), (help.ExitCode, help.Error));
            Assert.Contains("Usage:", help.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task It_tells_its_version()
    {
        var (exit, output, error) = await Keys.RunAsync(new Dictionary<string, string> { ["Urls"] = "http://localhost:5997" }, "--version");
        Assert.Equal((0, ""), (exit, error));
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", output);
    }

    [Fact]
    public async Task A_shell_completes_by_asking_the_program()
    {
        var script = "source <(authly completion bash); COMP_LINE='authly client r'; COMP_POINT=15; COMP_CWORD=2; "
            + "COMP_WORDS=(authly client r); _authly; echo \"${COMPREPLY[*]}\"";
        var (exit, output, _) = await ProgramFile.RunAsync(Path.GetTempPath(), new Dictionary<string, string>(),
            "bash", "-c", $"authly() {{ {string.Join(' ', ProgramFile.Command)} \"$@\"; }}; {script}");
        Assert.Equal((0, "rotate-secret"), (exit, output.Trim()));
    }

    [Theory, OnEachDatabase]
    public async Task After_migrate_an_instance_needs_no_right_to_the_schema(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await shared.MigrateAsync();
        await shared.MigrateAsync();
        Assert.Equal(0, await shared.CountAsync("signing_keys"));
        if (database == Database.Postgres)
        {
            var role = $"rows_{Guid.NewGuid():N}";
            await shared.ExecuteAsync($"""
                create role {role} login password 'only-rows';
                grant select, insert, update, delete on all tables in schema public to {role};
                """);
            shared.Settings["ConnectionStrings__Authly"] =
                new NpgsqlConnectionStringBuilder(shared.ConnectionString) { Username = role, Password = "only-rows" }.ToString();
        }

        await using var server = await AuthlyServer.StartAsync(database, shared.Settings, shared.Settings["ConnectionStrings__Authly"]);
        Assert.Equal(200, (await server.TokensAsync()).Status);
    }

    [Fact]
    public async Task Secret_prints_one_that_is_checked_by_a_single_SHA_256()
    {
        var (exit, output, error) = await Keys.RunAsync(new Dictionary<string, string> { ["Urls"] = "http://localhost:5997" }, "secret");
        Assert.Equal((0, ""), (exit, error));
        Assert.Matches("^authly_[A-Za-z0-9_-]{43}$", output.Trim());
    }
}
