using System.Security.Cryptography;
using System.Text.Json;
using Authly.Infrastructure.Observability;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>What happens has its row in the audit log, and the row stays.</summary>
public sealed class AuditTests
{
    private const string OfPeople = "0af7651916cd43dd8448eb211c80319c";
    private const string OfClients = "1bf7651916cd43dd8448eb211c80319d";

    [Theory, OnEachDatabase]
    public async Task Every_event_of_the_list_has_its_row_with_who_what_and_from_where_exactly_once(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__SignIn__Failures", "2"),
            ("Authly__KeyEncryption__Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
        shared.Settings["Urls"] = $"http://localhost:{Network.FreePort()}";
        await using var server = await shared.StartAsync();
        server.Http.DefaultRequestHeaders.Add("traceparent", $"00-{OfClients}-b7ad6b7169203331-01");
        using var alice = PersonOf(server);
        using var bob = PersonOf(server, "bob");
        await new AuditScript(server, alice, bob).RunAsync();
        Assert.DoesNotContain("exception", server.Output, StringComparison.OrdinalIgnoreCase);

        var scrape = await server.ScrapeAsync();
        var rows = await shared.CountAsync("audit_events");
        Assert.Equal(
            (rows, 0, 0), (Audited(scrape, "recorded"), Audited(scrape, "folded"), Audited(scrape, "failed")));
        foreach (var command in AuditScript.Commands)
            Assert.Equal((0, ""), await shared.RunAsync(command.Split(' ')) is var (exit, _, error) ? (exit, error) : default);

        var all = await ExportAsync(shared);
        Assert.Contains(all, entry => IsOfSeed(entry) && Text(entry, "client_id") == "web");
        var log = all.Where(entry => !IsOfSeed(entry)).ToList();
        var (a, b) = ($"{log.First(entry => Text(entry, "event") == "sign_in").GetProperty("subject")}",
            Text(log.Last(entry => Text(entry, "event") == "sign_in_failed"), "subject"));
        Assert.True(Guid.TryParse(a, out _) && Guid.TryParse(b, out _) && a != b);
        var c = Text(log.First(entry => Text(entry, "event") == "person_created"), "subject");
        Assert.Equal(AuditScript.Expected(a, b, c), log.Select(entry =>
            $"{Text(entry, "event")} {Text(entry, "outcome")} {Text(entry, "actor_kind")} {Text(entry, "subject")} "
            + $"{Text(entry, "client_id")}"));
        // One list.
        Assert.Equal(
            Enum.GetValues<SecurityEventType>().Select(Label<SecurityEventType>.Of).Order(StringComparer.Ordinal),
            log.Select(entry => Text(entry, "event")).Distinct().Order(StringComparer.Ordinal));

        foreach (var entry in log)
        {
            var kind = Text(entry, "actor_kind");
            var isOutside = kind is "system" or "operator";
            Assert.Equal(isOutside, Text(entry, "address") is not ("127.0.0.1" or "::1"));
            if (!isOutside)
                Assert.Contains(Text(entry, "trace_id"), new[] { OfPeople, OfClients });
            var actor = kind == "person" ? Text(entry, "subject") : kind == "client" ? Text(entry, "client_id") : "-";
            Assert.Equal(actor, Text(entry, "actor"));
            if (kind == "person")
                Assert.Equal(OfPeople, Text(entry, "trace_id"));
        }

        foreach (var typed in new[] { "alice", "hunter2", "correct horse", "nobody-registered" })
            Assert.DoesNotContain(typed, string.Join('\n', log), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, OnEachDatabase]
    public async Task Without_its_row_nothing_is_given_and_what_is_refused_is_refused_as_ever(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        var (code, verifier) = await server.CodeAsync();
        var (sessions, keys) = (await shared.CountAsync("sessions"), await shared.CountAsync("signing_keys"));
        await shared.ExecuteAsync("alter table audit_events rename to out_of_reach");

        Assert.Equal(1, (await shared.RunAsync("keys", "rotate")).ExitCode);
        Assert.Equal(keys, await shared.CountAsync("signing_keys"));
        var refused = await (await alice.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "wrong"));
        Assert.Equal((200, "Sign in · Authly"), ((int)refused.Status, refused.Title));
        Assert.Equal(401, (await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web:wrong")).Status);
        var scrape = await server.ScrapeAsync();
        Assert.Equal(2, Audited(scrape, "failed"));
        var given = await refused.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.InRange((int)given.Status, 500, 599);
        Assert.Equal(sessions, await shared.CountAsync("sessions"));
        Assert.InRange((await server.RedeemAsync(code, verifier)).Status, 500, 599);

        // Nothing was spent either.
        await shared.ExecuteAsync("alter table out_of_reach rename to audit_events");
        Assert.Equal(200, (await server.RedeemAsync(code, verifier)).Status);
        Assert.Equal(0, (await shared.RunAsync("keys", "rotate")).ExitCode);
        Assert.Equal(keys + 2, await shared.CountAsync("signing_keys"));
    }

    [Theory, OnEachDatabase]
    public async Task What_clients_get_for_themselves_has_rows_where_that_is_wanted(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Audit__Grants", "All"));
        await using var server = await shared.StartAsync();
        await server.RefreshAsync((await server.TokensAsync())["refresh_token"]!);
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        Assert.Equal(
            ["authorization_code web", "refresh_token web", "client_credentials service"],
            (await ExportAsync(shared)).Where(entry => Text(entry, "event") == "token_granted")
                .Select(entry => $"{Text(entry, "detail")} {Text(entry, "client_id")}"));
    }

    internal static async Task<IReadOnlyList<JsonElement>> ExportAsync(SharedDatabase shared, params string[] switches)
    {
        var (exit, output, error) = await shared.RunAsync(["audit", "--json", .. switches]);
        Assert.Equal((0, ""), (exit, error));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    internal static string Text(JsonElement entry, string name) => entry.GetProperty(name).GetString() ?? "-";

    /// <summary>Whether it is of the seed file, which a start applies.</summary>
    internal static bool IsOfSeed(JsonElement entry) =>
        Text(entry, "actor_kind") == "system" && Text(entry, "event") != "signing_keys_rotated";

    internal static double Audited(Scrape scrape, string outcome) => scrape.Sum("authly_audit_events_total", ("outcome", outcome));

    private static Person PersonOf(AuthlyServer server, string username = "alice")
    {
        var person = new Person(server, username);
        person.Header("traceparent", $"00-{OfPeople}-b7ad6b7169203331-01");
        return person;
    }
}
