using System.Text.Json.Nodes;
using System.Web;
using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Remote;

public sealed class LoginTests
{
    [Theory, OnEachDatabase]
    public async Task Whoever_administers_and_signs_in_by_login_sends_commands_until_logout(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await StartAsync(shared);
        using var terminal = new Terminal(server.Issuer);
        Assert.Equal((1, "", $"authly client list: You are not signed in at {server.Issuer}: authly login --server {server.Issuer}\n"),
            await terminal.RunAsync("client", "list"));

        var (login, url) = await terminal.LoginAsync();
        using var alice = new Visitor();
        var (_, text) = await alice.VisitAsync(url);
        Assert.Contains("The command line goes on, and says how it ends.", text, StringComparison.Ordinal);
        var end = await Terminal.EndAsync(login);
        Assert.Equal((0, $"Signed in at {server.Issuer}. Commands are sent there by --server {server.Issuer}, or AUTHLY_SERVER.\n"),
            (end.ExitCode, end.Output));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(terminal.TokenFile));

        await terminal.TellAsync("client", "create", "shop", "--redirect-uri", "https://shop.example/");
        Assert.Contains("shop", (await shared.TellAsync("client", "list")).GetRawText(), StringComparison.Ordinal);
        var rows = await shared.RunAsync("audit", "--event", "client_created", "--limit", "1");
        Assert.Contains("  person ", rows.Output, StringComparison.Ordinal);

        // Refreshed as needed, once by many commands.
        await ChangeAsync(terminal, kept => kept["expires_at"] = "2026-01-01T00:00:00Z");
        var tokens = await shared.CountAsync("tokens");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => terminal.TellAsync("status")));
        Assert.Equal(tokens + 2, await shared.CountAsync("tokens"));
        // What the server does not take is refreshed, too.
        await ChangeAsync(terminal, kept => kept["access_token"] = "nonsense");
        await terminal.TellAsync("status");

        // Whoever signs in again has the tokens of that, and those from before are good nowhere.
        var former = $"{(await KeptAsync(terminal)).Single().Value!["refresh_token"]}";
        (login, url) = await terminal.LoginAsync();
        await alice.VisitAsync(url);
        Assert.Equal(0, (await Terminal.EndAsync(login)).ExitCode);
        await terminal.TellAsync("status");
        Assert.Equal("invalid_grant", (await server.PostAsync("/oauth/token",
            new { grant_type = "refresh_token", client_id = "authly-cli", refresh_token = former })).Error);

        var refreshToken = $"{(await KeptAsync(terminal)).Single().Value!["refresh_token"]}";
        Assert.Equal((0, $"Signed out at {server.Issuer}.\n", ""), await terminal.RunAsync("logout"));
        Assert.Equal(1, (await terminal.RunAsync("client", "list")).ExitCode);
        Assert.Empty(await KeptAsync(terminal));
        Assert.Equal("invalid_grant", (await server.PostAsync("/oauth/token",
            new { grant_type = "refresh_token", client_id = "authly-cli", refresh_token = refreshToken })).Error);
    }

    [Theory, OnEachDatabase]
    public async Task A_browser_on_another_machine_signs_in_by_its_address_and_nobody_else_s(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await StartAsync(shared);
        using var terminal = new Terminal(server.Issuer);
        var (login, url) = await terminal.LoginAsync("--scope", AdminScopes.StatusRead);
        var redirectUri = HttpUtility.ParseQueryString(new Uri(url).Query)["redirect_uri"]!;
        // Threat: any page in the browser can call the port.
        using (var page = await server.Http.GetAsync(new Uri($"{redirectUri}?code=stolen&state=guessed"), Cancellation))
            Assert.Equal(404, (int)page.StatusCode);
        using var alice = new Visitor();
        var (address, _) = await alice.VisitAsync(url, until: redirectUri);
        await login.StandardInput.WriteLineAsync("https://login.example.com/");
        await login.StandardInput.WriteLineAsync(address.OriginalString);
        var end = await Terminal.EndAsync(login);
        Assert.Equal(0, end.ExitCode);
        Assert.Contains("This is not the address that the browser was sent to.", end.Error, StringComparison.Ordinal);

        await terminal.TellAsync("status");
        // It may do what was asked for, and no more; there is nothing to refresh it by.
        Assert.Equal((1, "", "authly client list: The token does not hold: admin:clients:read.\n"),
            await terminal.RunAsync("client", "list"));
        await ChangeAsync(terminal, kept => kept["expires_at"] = "2026-01-01T00:00:00Z");
        Assert.StartsWith("authly status: You are not signed in", (await terminal.RunAsync("status")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_says_no_or_does_not_administer_gets_nowhere()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Sqlite);
        await using var server = await StartAsync(shared);
        using var terminal = new Terminal(server.Issuer);
        foreach (var (answer, said) in new[]
        {
            ($"error=access_denied&error_description=No&iss={server.Issuer}", $"authly login: {server.Issuer} says access_denied: No\n"),
            ("code=stolen&iss=https%3A%2F%2Fother.example", "authly login: The answer is of another server.\n"),
            ("code=stolen", "authly login: The answer is of another server.\n"),
            ($"code=invented&iss={server.Issuer}", $"authly login: {server.Issuer} says invalid_grant: "),
        })
        {
            var (login, url) = await terminal.LoginAsync();
            var query = HttpUtility.ParseQueryString(new Uri(url).Query);
            // Whoever hangs up, or sends it twice, ends nothing.
            await Network.ResetAsync(new Uri(query["redirect_uri"]!));
            foreach (var twice in new[] { $"&{answer}", "" })
            {
                var address = new Uri($"{query["redirect_uri"]}?{answer}&state={query["state"]}{twice}");
                using (await server.Http.GetAsync(address, Cancellation)) { }
            }

            var end = await Terminal.EndAsync(login);
            Assert.Equal((1, ""), (end.ExitCode, end.Output));
            Assert.Contains(said, end.Error, StringComparison.Ordinal);
        }

        await shared.TellAsync("user", "update", "alice", "--administrator", "false");
        var (begun, signIn) = await terminal.LoginAsync();
        using var alice = new Visitor();
        await alice.VisitAsync(signIn);
        Assert.Equal(0, (await Terminal.EndAsync(begun)).ExitCode);
        Assert.Equal((1, "", "authly user list: This person does not administer this server.\n"), await terminal.RunAsync("user", "list"));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A server with the client that the guide registers.</summary>
    private static async Task<AuthlyServer> StartAsync(SharedDatabase shared)
    {
        var server = await shared.StartAsync();
        var guide = await File.ReadAllLinesAsync(Path.Combine(AuthlyServer.Repository, "docs", "administration-guide.md"));
        var line = guide.Single(each => each.StartsWith("authly client create authly-cli ", StringComparison.Ordinal));
        var quoted = line.Split('"');
        await shared.TellAsync([.. quoted[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..], quoted[1]]);
        await shared.TellAsync("user", "update", "alice", "--administrator", "true");
        return server;
    }

    private static async Task<JsonObject> KeptAsync(Terminal terminal) =>
        JsonNode.Parse(await File.ReadAllTextAsync(terminal.TokenFile))!.AsObject();

    private static async Task ChangeAsync(Terminal terminal, Action<JsonNode> change)
    {
        var all = await KeptAsync(terminal);
        change(all.Single().Value!);
        await File.WriteAllTextAsync(terminal.TokenFile, all.ToJsonString());
    }
}
