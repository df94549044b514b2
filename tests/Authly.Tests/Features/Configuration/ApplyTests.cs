using Authly.Tests.Harness;

namespace Authly.Tests.Features.Configuration;

public sealed class ApplyTests : IDisposable
{
    private const string Team = """
        # Text that is a word of YAML 1.1 stays text.
        scopes:
          - name: team.write
            description: no
            resources: [https://orders.example]
        clients:
          - client_id: shop
            client_type: confidential
            grant_types: [client_credentials]
            scope: team.write
          - client_id: site
            redirect_uris: [https://site.example/b, https://site.example/a]
          - client_id: chosen
            client_secret: ${AUTHLY_TEST_CHOSEN}
            grant_types: [client_credentials]
        users:
          - { username: dora, password: correct horse battery, groups: [staff], department: sales }
        """;

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("authly-apply-").FullName, "authly.yaml");

    [Theory, OnEachDatabase]
    public async Task A_file_is_applied_once_its_difference_is_told_first_and_a_secret_that_it_lacks_is_made(Database database)
    {
        using var shared = await CreateAsync(database);
        await using var server = await shared.StartAsync();
        await WriteAsync(Team);
        var rows = await shared.CountAsync("applications");
        var (exit, told, _) = await shared.RunAsync("apply", "-f", _file, "--dry-run");
        Assert.Equal((2, rows), (exit, await shared.CountAsync("applications")));
        Assert.StartsWith("create scope team.write\n    description: \"no\"\n", told, StringComparison.Ordinal);
        Assert.EndsWith("5 to do.\n", told, StringComparison.Ordinal);

        var applied = await shared.TellAsync("apply", "-f", _file);
        var secrets = applied.GetProperty("secrets");
        Assert.Equal(["shop"], secrets.EnumerateObject().Select(secret => secret.Name));
        Assert.DoesNotContain("chosen-by-hand", applied.GetRawText(), StringComparison.Ordinal);
        await CommandLines.SoonAsync(async () => (await server.PostAsync("/oauth/token",
            new { grant_type = "client_credentials", scope = "team.write" }, $"shop:{secrets.GetProperty("shop")}")).Status == 200);
        var chosen = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "chosen:chosen-by-hand");
        Assert.NotEqual("invalid_client", chosen.Error);
        foreach (var words in new string[][] { ["apply", "-f", _file], ["apply", "-f", _file, "--dry-run"] })
            Assert.Equal((0, "Nothing to do.\n", ""), await shared.RunAsync(words));
    }

    [Theory, OnEachDatabase]
    public async Task What_was_changed_since_is_told_by_the_gauge_and_by_exit_code_2_and_a_new_secret_is_no_difference(Database database)
    {
        using var shared = await CreateAsync(database, ("Authly__Metrics__GaugeInterval", "00:00:01"));
        await using var server = await shared.StartAsync();
        await WriteAsync(Team);
        await shared.TellAsync("apply", "-f", _file);
        await shared.TellAsync("client", "rotate-secret", "shop");
        await DriftAsync(server, 0);
        Assert.Equal(0, (await shared.RunAsync("apply", "-f", _file, "--dry-run")).ExitCode);

        await shared.TellAsync("client", "update", "site", "--name", "Renamed");
        await DriftAsync(server, 1);
        Assert.Equal((2, "update client site\n    client_name: \"Renamed\" -> (default)\n1 to do.\n", ""),
            await shared.RunAsync("apply", "-f", _file, "--dry-run"));
        await shared.TellAsync("client", "delete", "chosen");
        await DriftAsync(server, 2);
        Assert.Equal(0, (await shared.RunAsync("apply", "-f", _file)).ExitCode);
        await DriftAsync(server, 0);

        await WriteAsync(Team.Replace("${AUTHLY_TEST_CHOSEN}", "another-secret", StringComparison.Ordinal));
        Assert.Equal((2, "update client chosen\n    client_secret is another one\n1 to do.\n", ""),
            await shared.RunAsync("apply", "-f", _file, "--dry-run"));
    }

    [Theory, OnEachDatabase]
    public async Task Pruning_deletes_what_a_file_made_and_nothing_else(Database database)
    {
        using var shared = await CreateAsync(database);
        await shared.MigrateAsync();
        await shared.TellAsync("client", "create", "by-hand", "--grant-type", "client_credentials");
        await WriteAsync(Team);
        await shared.TellAsync("apply", "-f", _file);
        await WriteAsync("clients: [{ client_id: site, redirect_uris: [https://site.example/a, https://site.example/b] }]");
        Assert.Equal(["delete client chosen", "delete client shop", "delete scope team.write"], await PruneAsync("--dry-run"));
        Assert.Equal(4, await shared.CountAsync("applications"));
        await PruneAsync();
        Assert.Equal(3, await shared.CountAsync("applications") + await shared.CountAsync("scopes") + await shared.CountAsync("users"));
        Assert.Empty(await PruneAsync());

        async Task<IEnumerable<string>> PruneAsync(params string[] words) =>
            (await shared.RunAsync(["apply", "-f", _file, "--prune", .. words])).Output.Split('\n')
                .Where(line => line.StartsWith("delete", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Of_a_file_with_a_fault_nothing_is_applied_and_its_place_is_named(Database database)
    {
        using var shared = await CreateAsync(database);
        await shared.MigrateAsync();
        foreach (var (text, fault) in new[]
        {
            ("clients: [", "is not valid, line 2: "),
            ("clients: [{ client_idd: x }]", "is not valid at $.clients[0].client_idd: "),
            ("clients: [{ client_id: x }]", "is not valid: $.clients[0].redirect_uris: is required"),
            ("scopes: [{ name: a }]\n---\nscopes: []", "is not valid, line 3: there is a second document"),
            ("clients: [{ client_id: x, client_secret: '${AUTHLY_TEST_UNSET}' }]",
                "names the environment variable AUTHLY_TEST_UNSET, which is not set."),
            ("scopes: [{ name: made }]\nclients: [{ client_id: x, redirect_uris: ['https://x.example/'], scope: mad }]",
                "$.clients[0].scope names 'mad', which is not registered."),
        })
        {
            await WriteAsync(text);
            Assert.Contains(fault, await shared.RefusedAsync("apply", "-f", _file), StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), (await shared.CountAsync("scopes"), await shared.CountAsync("audit_events")));
    }

    [Theory, OnEachDatabase]
    public async Task What_is_exported_makes_the_same_elsewhere_and_holds_no_secret(Database database)
    {
        using var shared = await CreateAsync(database);
        await using var server = await shared.StartAsync();
        foreach (var format in new[] { "table", "json" })
        {
            var (_, exported, _) = await shared.RunAsync("export", "--output", format);
            Assert.DoesNotMatch("client_secret\"?:", exported);
            await WriteAsync(exported);
            Assert.Equal((0, "Nothing to do.\n", ""), await shared.RunAsync("apply", "-f", _file, "--dry-run", "--prune"));
        }

        using var other = await CreateAsync(database);
        await other.MigrateAsync();
        await other.TellAsync("apply", "-f", _file);
        Assert.Equal((await shared.RunAsync("export")).Output, (await other.RunAsync("export")).Output);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    private static Task<SharedDatabase> CreateAsync(Database database, params (string Name, string Value)[] settings) =>
        SharedDatabase.CreateAsync(database, [("AUTHLY_TEST_CHOSEN", "chosen-by-hand"), .. settings]);

    private Task WriteAsync(string text) => File.WriteAllTextAsync(_file, text);

    private static Task DriftAsync(AuthlyServer server, int expected) => CommandLines.SoonAsync(async () =>
        await server.ScrapeAsync() is var scrape && (int)scrape.Sum("authly_configuration_drift", ("kind", "client")) == expected);
}
