using System.Text.Json;
using System.Text.RegularExpressions;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Remote;

public sealed partial class SentRequestTests
{
    // What a command says of the set-up around it is of this machine alone.
    private static readonly string[] Local = ["completion", "doctor", "health", "login", "logout", "migrate", "secret"];

    [Fact]
    public async Task A_command_tells_the_same_of_a_server_elsewhere_as_of_its_database()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Sqlite);
        await using var server = await shared.StartAsync();
        shared.Settings["Authly__Issuer"] = server.Issuer;
        var api = await AdminApi.OpenAsync(shared, server);
        await server.TokensAsync();
        using var terminal = new Terminal(server.Issuer);
        var commands = """
            apply -f FILE --dry-run|apply -f FILE|apply -f FILE|!client create NAME --redirect-uri https://x.example/
            client create NAME2 --redirect-uri https://x.example/|client update NAME2 --name Renamed|client show NAME2|client list
            client rotate-secret NAME2|client disable NAME2|client enable NAME2|!client create NAME3 --grant-type nonsense|export
            user create NAME2 --group staff|user invite NAME3|user update NAME2 --claim level=3 --claim dept={"x":[1,null]}|user show NAME2
            user reset NAME2|user disable NAME2|user enable NAME2|user list --limit 2|!user show nobody|!user invite alice
            scope create NAME|scope update NAME --description Text|scope show NAME|scope list|session list|session end --user NAME
            grant list|grant list --client web|grant revoke --client spa|!grant revoke|keys list|!keys reencrypt|status
            client delete NAME2|user delete NAME2|scope delete NAME|audit --limit 1|audit --event client_deleted|!audit --event nope
            """.Split('|', '\n').Select(line => line.Trim()).ToList();
        HashSet<string> sent = [];
        foreach (var line in commands)
        {
            string[] output = line.Contains("audit", StringComparison.Ordinal) ? [] : ["--output", "json"];
            var here = await shared.RunAsync([.. WordsOf(line, shared, "here"), .. output]);
            var there = await terminal.RunAsync(api.Token, [.. WordsOf(line, shared, "there"), .. output]);
            Assert.Equal((line, line[0] == '!' ? 1 : line.EndsWith("--dry-run", StringComparison.Ordinal) ? 2 : 0), (line, here.ExitCode));
            Assert.Equal((line, here.ExitCode, Masked(here.Output), Masked(here.Error)),
                (line, there.ExitCode, Masked(there.Output), Masked(there.Error)));
            sent.Add(string.Join(' ', line.TrimStart('!').Split(' ').TakeWhile(word => word[0] != '-').Take(2)));
        }

        var rotated = JsonDocument.Parse((await terminal.RunAsync(api.Token, ["keys", "rotate", "--output", "json"])).Output);
        Assert.Equal(4, rotated.RootElement.GetProperty("keys").GetArrayLength());
        sent.Add("keys rotate");

        // Every command that is not of this machine alone has been sent.
        var known = Declared.Having(typeof(IVerb))
            .Select(type => ((VerbDeclaration)type.GetProperty("Declaration")!.GetValue(null)!).Words);
        Assert.DoesNotContain(known.Except(Local),
            words => !sent.Any(each => each == words || each.StartsWith($"{words} ", StringComparison.Ordinal)));

        // Who did it is the client whose token it was, in its own row.
        var rows = await shared.RunAsync("audit", "--event", "client_deleted", "--limit", "1");
        Assert.Contains("  client ", rows.Output, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Nobody_can_do_more_by_a_sent_request_than_by_its_operation(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        var narrow = await AdminApi.OpenAsync(shared, server, $"{AdminScopes.ClientsWrite} {AdminScopes.PeopleWrite}", "narrow");
        var rows = await shared.CountAsync("audit_events");
        const string Client = "{\"client\":{\"client_id\":\"x\",\"redirect_uris\":[\"https://x.example/\"]MORE}}";
        foreach (var (whose, name, body, status) in new (AdminApi Whose, string Name, string Body, int Status)[]
        {
            (new(server, null), "ListClients", "{}", 401), (new(server, "nonsense"), "ListClients", "{}", 401),
            (narrow, "ListClients", "{}", 403), (narrow, "RotateKeys", "{}", 403),
            // Who may write clients and people makes none that may do more.
            (narrow, "CreateClient", Client.Replace("MORE", ",\"scope\":\"admin:keys:write\"", StringComparison.Ordinal), 403),
            (narrow, "CreatePerson", "{\"person\":{\"username\":\"x\",\"administrator\":true,\"groups\":[]}}", 403),
            (narrow, "ApplyConfiguration", "{\"file\":{},\"is_dry_run\":true,\"prunes\":false}", 403),
            // What is no operation is no request either.
            (api, "Login", "{}", 404), (api, "Exchange", "{}", 404), (api, "ChoosePassword", "{}", 404), (api, "listclients", "{}", 404),
            (api, "ListClients", "", 400), (api, "ListClients", "null", 400), (api, "ListClients", "[]", 400),
            (api, "ListClients", "{", 400),
            (api, "ListClients", "{}", 400), (api, "ListClients", "{\"search\":null,\"after\":null,\"limit\":1000000000}", 400),
            (api, "ListClients", "{\"search\":null,\"after\":null,\"limit\":1,\"more\":1}", 400),
            (api, "ListClients", "{\"search\":null,\"after\":null,\"limit\":1,\"limit\":2}", 400),
            (api, "ListClients", "{\"search\":\"\\u0000\",\"after\":null,\"limit\":1}", 400),
            (api, "ListClients", string.Concat(Enumerable.Repeat("{\"a\":", 3_000)), 400),
            (api, "ListClients", $"{{\"search\":\"{new string('x', 8 << 20)}\"}}", 413),
            (api, "CreateClient", "{\"client\":null}", 400),
            (api, "CreateClient", Client.Replace("MORE", ",\"client_secret\":\"chosen\"", StringComparison.Ordinal), 400),
            (api, "UpdateClient", "{\"client\":{\"client_id\":\"web\"},\"version\":null}", 400),
            (api, "UpdateClient", "{\"client\":{\"client_id\":\"spa\",\"redirect_uris\":[\"https://x.example\"]},\"version\":\"1\"}", 412),
            (api, "UpdatePerson",
                "{\"username\":\"alice\",\"is_administrator\":null,\"groups\":[null],\"claims\":{},\"version\":null}", 400),
            (api, "ApplyConfiguration", "{\"file\":{\"clients\":[null]},\"is_dry_run\":true,\"prunes\":false}", 400),
            (api, "ApplyConfiguration", "{\"file\":{\"users\":[{\"username\":\"x\",\"password\":\"correct horse battery\","
                + "\"x\":\"\\ud800\"}]},\"is_dry_run\":true,\"prunes\":false}", 400),
            (api, "ListAuditEvents", "{\"filter\":{\"since\":\"2026-11-27\",\"until\":\"2026-11-27T10:00:00+14:00\",\"event\":null,"
                + "\"outcome\":null,\"subject\":null,\"client_id\":null},\"after\":null,\"limit\":1,\"is_oldest_first\":false,"
                + "\"with_names\":true}", 200),
            (api, "UpdateClient", "{\"client\":{\"client_id\":\"reader\",\"client_secret\":\"chosen\"},\"version\":\"1\"}", 400),
            (api, "ApplyConfiguration", "{\"file\":{\"users\":[null]},\"is_dry_run\":true,\"prunes\":false}", 400),
            (api, "ApplyConfiguration", "{\"file\":{\"scopes\":[null]},\"is_dry_run\":true,\"prunes\":false}", 400),
            (api, "ApplyConfiguration", "{\"file\":{\"clients\":[{\"client_id\":\"\"}]},\"is_dry_run\":true,\"prunes\":false}", 400),
        })
        {
            var answer = await whose.SendAsync("POST", $"requests/{name}", body);
            Assert.Equal((name, body[..Math.Min(80, body.Length)], status), (name, body[..Math.Min(80, body.Length)], answer.Status));
        }

        // A confidential client whose type is not said stays one.
        var (_, version) = await api.ReadAsync("clients/reader");
        Assert.Equal(200, (await api.SendAsync("POST", "requests/UpdateClient", new
        {
            client = new { client_id = "reader", redirect_uris = new[] { "https://reader.example/" } },
            version = version.Trim('"'),
        })).Status);
        Assert.Equal("confidential", (await api.GetAsync("clients/reader")).Json.GetProperty("client_type").GetString());

        // What was refused has left nothing but that.
        Assert.Equal(5, await shared.CountAsync("""audit_events where "Event" = 'administration_refused' and "Actor" = 'narrow'"""));
        Assert.Equal(rows + 6, await shared.CountAsync("audit_events"));
    }

    private static string[] WordsOf(string line, SharedDatabase shared, string name)
    {
        if (!line.Contains("FILE", StringComparison.Ordinal))
            return line.TrimStart('!').Replace("NAME", name, StringComparison.Ordinal).Split(' ');
        var path = shared.FileOf($"{name}.yaml", $$"""
            scopes: [{ name: stock.{{name}} }]
            clients: [{ client_id: {{name}}, redirect_uris: ["https://shop.example/"], scope: openid stock.{{name}} }]
            users: [{ username: {{name}}, password: correct horse battery, groups: [staff], department: it }]
            """);
        return line.Replace("FILE", path, StringComparison.Ordinal).Split(' ');
    }

    /// <summary>Names, times, ids and secrets differ from run to run.</summary>
    private static string Masked(string text) => SpacePattern().Replace(MaskPattern().Replace(text, "*"), " ");

    [GeneratedRegex(@"\bt?here|[\w-]{20,}|\d{4}-\d\d-\d\d[T ][\d:.]+Z?|(\w{4}-){3}\w{4}|\boperator\b|\bclient {2,}|127\.0\.0\.1")]
    private static partial Regex MaskPattern();

    [GeneratedRegex(@"[ -]+")]
    private static partial Regex SpacePattern();
}
