using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed class AdminOperationTests
{
    private static readonly string[] MachineGrant = ["client_credentials"];

    [Theory, OnEachDatabase]
    public async Task A_client_is_made_read_changed_and_deleted_and_each_is_so_at_once(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        var made = await api.SendAsync("POST", "clients", new { client_id = "a/b", grant_types = MachineGrant, scope = "orders.read" });
        Assert.Equal((201, "/admin/clients/a%2Fb"), (made.Status, made.Message.Headers.Location!.OriginalString));
        async Task<int> TokenAsync(string secret) => (await server.PostAsync(
            "/oauth/token", new { grant_type = "client_credentials", client_id = "a/b", client_secret = secret })).Status;
        var first = made["client_secret"]!;
        await CommandLines.SoonAsync(async () => await TokenAsync(first) == 200);

        var (client, version) = await api.ReadAsync("clients/a%2Fb");
        Assert.DoesNotContain("secret\":", client.ToString(), StringComparison.Ordinal);
        Assert.Equal(428, (await api.SendAsync("PUT", "clients/a%2Fb", client)).Status);
        Assert.Equal(412, (await api.SendAsync("PUT", "clients/a%2Fb", client, "\"other\"")).Status);
        Assert.Equal(200, (await api.SendAsync(
            "PUT", "clients/a%2Fb", new { client_name = "Named", grant_types = MachineGrant, scope = "orders.read" }, version)).Status);
        Assert.Equal("Named", (await api.GetAsync("clients/a%2Fb"))["client_name"]);
        Assert.Equal(200, await TokenAsync(first));

        var second = (await api.SendAsync("POST", "clients/a%2Fb/rotate-secret", new { grace_seconds = 0 }))["client_secret"]!;
        await CommandLines.SoonAsync(async () => await TokenAsync(second) == 200 && await TokenAsync(first) == 401);
        Assert.Equal("True", (await api.SendAsync("POST", "clients/a%2Fb/disable"))["disabled"]);
        await CommandLines.SoonAsync(async () => await TokenAsync(second) == 401);
        Assert.Equal("False", (await api.SendAsync("POST", "clients/a%2Fb/enable"))["disabled"]);
        await CommandLines.SoonAsync(async () => await TokenAsync(second) == 200);
        Assert.Equal((204, ""), (await api.SendAsync("DELETE", "clients/a%2Fb")) is var gone ? (gone.Status, gone.Body) : default);
        await CommandLines.SoonAsync(async () => await TokenAsync(second) == 401);
        Assert.Equal(404, (await api.GetAsync("clients/a%2Fb")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task Clients_are_confidential_unless_they_say_else_and_nobody_chooses_a_secret(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        async Task<Answer> CreateAsync(object client) => await api.SendAsync("POST", "clients", client);
        string[] redirect_uris = ["https://app.example/cb"];
        Assert.NotNull((await CreateAsync(new { client_id = "one", redirect_uris }))["client_secret"]);
        foreach (var (id, type, method) in new[] { ("two", "public", (string?)null), ("three", null, "none") })
        {
            var made = await CreateAsync(new { client_id = id, redirect_uris, client_type = type, token_endpoint_auth_method = method });
            Assert.Equal((201, null), (made.Status, made["client_secret"]));
        }

        var chosen = await CreateAsync(new { client_id = "four", redirect_uris, client_secret = "chosen-by-somebody" });
        Assert.Equal((400, "client_secret"), (chosen.Status, chosen.Json.GetProperty("errors")[0].GetProperty("member").GetString()));
        var (_, version) = await api.ReadAsync("clients/one");
        var changed = await api.SendAsync("PUT", "clients/one", new { redirect_uris, client_secret = "chosen-by-somebody" }, version);
        Assert.Equal(400, changed.Status);
        Assert.Equal(200, (await api.SendAsync("PUT", "clients/one", new { redirect_uris }, version)).Status);
        Assert.Equal("confidential", (await api.GetAsync("clients/one"))["client_type"]);
    }

    [Theory, OnEachDatabase]
    public async Task Of_two_who_change_one_thing_at_once_one_is_told(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        foreach (var (path, method, change) in new (string, string, Func<int, object>)[]
        {
            ("clients/service", "PUT", number => new { client_name = $"{number}", grant_types = MachineGrant }),
            ("scopes/staff", "PUT", number => new { description = $"{number}" }),
            ("people/alice", "PATCH", number => new { groups = new[] { $"group {number}" } }),
        })
        {
            var (_, version) = await api.ReadAsync(path);
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => api.SendAsync(method, path, change(number), version)));
            Assert.Equal(1, answers.Count(answer => answer.Status == 200));
            Assert.Equal(5, answers.Count(answer => answer.Status == 412));
            var (_, next) = await api.ReadAsync(path);
            Assert.NotEqual(version, next);
        }
    }

    [Theory, OnEachDatabase]
    public async Task What_people_are_and_hold_is_found_changed_and_ended(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        var made = await api.SendAsync("POST", "people", new { username = "Ann@Example.com", groups = new[] { "staff" } });
        Assert.Equal(201, made.Status);
        var (person, version) = await api.ReadAsync("people/ann%40example.com");
        Assert.DoesNotContain("hash", person.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(200, (await api.SendAsync(
            "PATCH", "people/ann%40example.com", new { claims = new { email = "a@example.com", level = 3 } }, version)).Status);
        (person, _) = await api.ReadAsync("people/ann%40example.com");
        Assert.Equal(3, person.GetProperty("claims").GetProperty("level").GetInt32());
        Assert.Equal("staff", person.GetProperty("groups")[0].GetString());
        Assert.Equal(1, (await api.GetAsync("people?search=ann")).Json.GetProperty("people").GetArrayLength());

        var (stolen, kept) = (await server.TokensAsync(), await server.TokensAsync());
        var jti = Jwt.Payload(stolen["access_token"]!).GetProperty("jti").GetString();
        var grant = (await api.GetAsync($"grants?token_id={jti}")).Json.GetProperty("grants")[0].GetProperty("id").GetString();
        Assert.Equal("1", (await api.SendAsync("DELETE", $"grants/{grant}"))["revoked"]);
        Assert.False(await server.IsActiveAsync(stolen["access_token"]!));
        Assert.True(await server.IsActiveAsync(kept["access_token"]!));
        Assert.Equal("2", (await api.SendAsync("DELETE", "sessions?username=alice"))["ended"]);
        Assert.Empty((await api.GetAsync("sessions?username=alice")).Json.GetProperty("sessions").EnumerateArray());
        Assert.Equal("True", (await api.SendAsync("POST", "people/alice/disable"))["disabled"]);
        Assert.False(await server.IsActiveAsync(kept["access_token"]!));
        Assert.Equal(204, (await api.SendAsync("DELETE", "people/ann%40example.com")).Status);
        Assert.Equal(404, (await api.GetAsync("people/ann%40example.com")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task Scopes_and_keys_are_made_and_the_audit_log_says_who_did_what(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        string[] resources = ["https://stock.example"];
        Assert.Equal(201, (await api.SendAsync("POST", "scopes", new { name = "stock:read", resources })).Status);
        Assert.Equal(409, (await api.SendAsync("POST", "scopes", new { name = "stock:read" })).Status);
        Assert.Equal(204, (await api.SendAsync("DELETE", "scopes/stock:read")).Status);
        Assert.Equal(4, (await api.SendAsync("POST", "keys/rotate")).Json.GetProperty("keys").GetArrayLength());
        Assert.Equal("3", (await api.GetAsync("status"))["scopes"]);
        foreach (var done in new[] { "scope_created", "scope_deleted", "signing_keys_rotated" })
        {
            var row = (await api.GetAsync($"audit?event={done}&limit=1")).Json.GetProperty("events")[0];
            Assert.Equal(("client", "operations"), (row.GetProperty("actor_kind").GetString(), row.GetProperty("actor").GetString()));
        }

        // Page by page, the whole log, each row once.
        List<string> seen = [];
        for (var after = ""; after is not null;)
        {
            var page = (await api.GetAsync($"audit?limit=7{after}")).Json;
            seen.AddRange(page.GetProperty("events").EnumerateArray().Select(row => row.GetProperty("id").GetString()!));
            after = page.TryGetProperty("next", out var next) ? $"&after={next.GetString()}" : null;
        }

        Assert.Equal(await shared.CountAsync("audit_events"), seen.Distinct().Count());
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }
}
