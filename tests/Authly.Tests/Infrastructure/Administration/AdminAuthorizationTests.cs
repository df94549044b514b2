using System.Text.RegularExpressions;
using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed partial class AdminAuthorizationTests
{
    private static readonly string[] Machine = ["client_credentials"];

    [Theory, OnEachDatabase]
    public async Task Each_operation_wants_a_token_for_this_API_that_holds_its_scope(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var ofTheApi = await server.PostAsync(
            "/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        var ofTheServer = await server.TokensAsync();
        var one = (await AdminApi.OpenAsync(shared, server, AdminScopes.StatusRead, "watcher")).Token;
        var other = (await AdminApi.OpenAsync(shared, server, AdminScopes.AuditRead, "auditor")).Token;
        var operations = await OperationsAsync(server);
        Assert.True(operations.Count > 25);
        foreach (var (method, path, scope) in operations)
        {
            // What is sent is not looked at before.
            async Task<Answer> AskAsync(string? token) => await new AdminApi(server, token).SendAsync(method, path, "{ nonsense");
            var without = await AskAsync(null);
            Assert.Equal((401, "Bearer realm=\"Authly\""), (without.Status, $"{without.Message.Headers.WwwAuthenticate}"));
            foreach (var wrong in new[]
            {
                ofTheApi["access_token"], ofTheServer["access_token"], ofTheServer["id_token"], "nonsense", one![..^4],
            })
            {
                var refused = await AskAsync(wrong);
                Assert.Equal(401, refused.Status);
                Assert.Contains("error=\"invalid_token\"", $"{refused.Message.Headers.WwwAuthenticate}", StringComparison.Ordinal);
                Assert.Equal("application/problem+json", refused.Message.Content.Headers.ContentType!.MediaType);
            }

            var lacking = await AskAsync(scope == AdminScopes.StatusRead ? other : one);
            Assert.Equal(403, lacking.Status);
            Assert.Contains($"error=\"insufficient_scope\", scope=\"{scope}\"", $"{lacking.Message.Headers.WwwAuthenticate}",
                StringComparison.Ordinal);
        }

        Assert.Equal(401, (await server.GetAsync($"/admin/status?access_token={one}")).Status);
        Assert.Equal(200, (await new AdminApi(server, one).GetAsync("status")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_person_s_token_opens_it_only_while_they_administer_this_server(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var desk = await shared.TellAsync("client", "create", "desk", "--redirect-uri", $"{Person.Callback}",
            "--scope", "openid admin:clients:read");
        async Task<AdminApi> SignInAsync()
        {
            var (code, verifier) = await server.CodeAsync("desk", "openid admin:clients:read");
            var tokens = await server.RedeemAsync(code, verifier, $"desk:{desk.GetProperty("client_secret")}");
            return new AdminApi(server, tokens["access_token"]);
        }

        AdminApi? alice = null;
        await CommandLines.SoonAsync(async () => (alice = await SignInAsync()).Token is not null);
        var refused = await alice!.GetAsync("clients");
        Assert.Equal((403, "This person does not administer this server."), (refused.Status, refused["detail"]));
        await shared.TellAsync("user", "update", "alice", "--administrator", "true");
        Assert.Equal(200, (await alice.GetAsync("clients")).Status);
        await shared.TellAsync("user", "update", "alice", "--administrator", "false");
        Assert.Equal(403, (await alice.GetAsync("clients")).Status);
        await shared.TellAsync("user", "update", "alice", "--administrator", "true");
        await shared.TellAsync("user", "disable", "alice");
        Assert.Equal(401, (await alice.GetAsync("clients")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task A_token_that_was_revoked_or_whose_client_or_key_is_gone_opens_nothing_from_that_moment_on(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Keys__Announced", "00:00:16"));
        await using var server = await shared.StartAsync();
        foreach (var (name, end) in new (string, string[])[]
        {
            ("revoked", ["grant", "revoke", "--client", "revoked"]), ("disabled", ["client", "disable", "disabled"]),
            ("deleted", ["client", "delete", "deleted"]), ("withdrawn", ["keys", "rotate", "--now"]),
        })
        {
            var api = await AdminApi.OpenAsync(shared, server, AdminScopes.StatusRead, name);
            Assert.Equal(200, (await api.GetAsync("status")).Status);
            await shared.TellAsync(end);
            // Of keys an instance on SQLite hears within two seconds here.
            await CommandLines.SoonAsync(async () => (await api.GetAsync("status")).Status == 401);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_token_gives_nobody_more_than_it_holds(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var all = await AdminApi.OpenAsync(shared, server);
        var clients = await AdminApi.OpenAsync(shared, server, "admin:clients:read admin:clients:write", "registry");
        var people = await AdminApi.OpenAsync(shared, server, "admin:people:read admin:people:write", "helpdesk");
        object New(string scope) => new { client_id = $"new-{Guid.NewGuid():N}", grant_types = Machine, scope };
        Assert.Equal(201, (await clients.SendAsync("POST", "clients", New("orders.read admin:clients:read"))).Status);
        Assert.Equal(403, (await clients.SendAsync("POST", "clients", New("orders.read admin:people:read"))).Status);
        var (_, version) = await clients.ReadAsync("clients/operations");
        Assert.Equal(403, (await clients.SendAsync("PUT", "clients/operations", new { grant_types = Machine }, version)).Status);
        foreach (var act in new[] { "rotate-secret", "disable", "enable" })
            Assert.Equal(403, (await clients.SendAsync("POST", $"clients/operations/{act}")).Status);
        Assert.Equal(403, (await clients.SendAsync("DELETE", "clients/operations")).Status);
        Assert.Equal(200, (await clients.SendAsync("POST", "clients/registry/rotate-secret")).Status);

        Assert.Equal(201, (await all.SendAsync("POST", "people", new { username = "root", administrator = true })).Status);
        Assert.Equal(403, (await people.SendAsync("POST", "people", new { username = "evil", administrator = true })).Status);
        foreach (var act in new[] { "reset-password", "disable", "enable" })
            Assert.Equal(403, (await people.SendAsync("POST", $"people/root/{act}")).Status);
        Assert.Equal(403, (await people.SendAsync("DELETE", "people/root")).Status);
        foreach (var (name, administrator) in new[] { ("root", false), ("bob", true) })
        {
            var (_, read) = await people.ReadAsync($"people/{name}");
            Assert.Equal(403, (await people.SendAsync("PATCH", $"people/{name}", new { administrator }, read)).Status);
        }

        Assert.Equal(200, (await people.SendAsync("POST", "people/bob/reset-password")).Status);
    }

    /// <summary>As the document has them, their parameters filled in.</summary>
    private static async Task<IReadOnlyList<(string Method, string Path, string Scope)>> OperationsAsync(AuthlyServer server) =>
    [
        .. from path in (await server.GetAsync("/admin/openapi.json")).Json.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           let scope = operation.Value.GetProperty("security")[0].GetProperty("oauth2")[0].GetString()
           select (operation.Name.ToUpperInvariant(), ParameterPattern().Replace(path.Name["/admin/".Length..], "x"), scope),
    ];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex ParameterPattern();
}
