using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed class AdminHostileTests
{
    private const string Client = "\"client_id\":\"x\",\"redirect_uris\":[\"https://x.example/\"]";

    [Theory, OnEachDatabase]
    public async Task What_is_wrong_is_refused_with_the_member_that_is_wrong_and_changes_nothing(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        var rows = await shared.CountAsync("audit_events");
        foreach (var (method, path, body, status, member) in new (string, string, string?, int, string?)[]
        {
            ("POST", "clients", $"{{{Client},\"is_administrator\":true}}", 400, "is_administrator"),
            ("POST", "clients", $"{{{Client},\"client_id\":\"y\"}}", 400, "client_id"),
            ("POST", "clients", $"{{{Client},\"Client_Name\":\"y\"}}", 400, "Client_Name"),
            ("POST", "clients", $"{{{Client},\"contacts\":[{{}}]}}", 400, "contacts[0]"),
            ("POST", "clients", $"{{{Client},\"redirect_uris\":null}}", 400, "redirect_uris"),
            ("POST", "clients", $"{{{Client},\"require_pkce\":\"false\"}}", 400, "require_pkce"),
            ("POST", "clients", "{\"client_id\":\"x\",\"redirect_uris\":[\"http://x.example/\"]}", 400, "redirect_uris[0]"),
            ("POST", "clients", "{\"client_id\":\"\",\"redirect_uris\":[\"https://x.example/\"]}", 400, "client_id"),
            ("POST", "clients", $"{{{Client},\"client_name\":\"a\\u0000b\"}}", 400, "client_name"),
            ("POST", "people", "{\"username\":\"x\",\"groups\":[\"\\u0000\"]}", 400, "groups[0]"),
            ("POST", "clients", "{\"client_id\":\"x\",\"redirect_uris\":[\"https://x.example/?iss=x\"]}", 400, "redirect_uris[0]"),
            ("POST", "people", $"{{\"username\":\"{string.Concat(Enumerable.Repeat("\\u0958", 200))}\"}}", 400, "username"),
            ("PATCH", "people/alice", "{\"claims\":{\"roles\":[\"\\ud800\"]}}", 400, null),
            ("PATCH", "people/alice", "{\"claims\":{\"dept\":{\"x\":1,\"x\":2}}}", 400, null),
            ("POST", "clients", $"{{{Client},\"scope\":\"nope\"}}", 400, null),
            ("POST", "clients", "null", 400, null), ("POST", "clients", "", 400, null), ("POST", "clients", "[]", 400, null),
            ("POST", "clients", "{", 400, null), ("POST", "clients", "\u0000", 400, null),
            ("POST", "clients", string.Concat(Enumerable.Repeat("{\"a\":", 3_000)), 400, null),
            ("POST", "clients", $"{{{Client},\"client_name\":\"{new string('x', 70_000)}\"}}", 413, null),
            ("POST", "people", "{\"username\":\"\"}", 400, "username"), ("POST", "people", "{}", 400, "username"),
            ("POST", "people", "{\"username\":\"x\",\"password\":\"chosen\"}", 400, "password"),
            ("POST", "people", "{\"username\":\"alice\"}", 409, null),
            ("PATCH", "people/alice", "{\"claims\":{\"sub\":\"other\"}}", 428, null),
            ("PATCH", "people/alice", "{\"password_hash\":\"x\"}", 400, "password_hash"),
            ("POST", "people/alice/reset-password", null, 200, null),
            ("POST", "scopes", "{\"name\":\"a b\"}", 400, "name"), ("POST", "scopes", "{\"name\":\"admin:all\"}", 400, "name"),
            ("POST", "clients/service/rotate-secret", "{\"grace_seconds\":2147483647}", 400, "grace"),
            ("POST", "clients/spa/rotate-secret", null, 409, null),
            ("GET", "clients?limit=1000000000", null, 400, "limit"), ("GET", "clients?limit=99999999999", null, 400, "limit"),
            ("GET", "clients?limit=0", null, 400, "limit"), ("GET", "sessions?after=x", null, 400, "after"),
            ("GET", "audit?since=yesterday", null, 400, "since"), ("GET", "audit?event=nope", null, 400, "event"),
            ("GET", "audit?outcome=nope", null, 400, "outcome"), ("GET", $"audit?after={Guid.NewGuid()}", null, 404, null),
            ("GET", "clients/nobody", null, 404, null), ("GET", "people/nobody", null, 404, null), ("GET", "scopes/none", null, 404, null),
            ("DELETE", "clients/nobody", null, 404, null), ("DELETE", $"grants/{Guid.NewGuid()}", null, 404, null),
            ("DELETE", "grants/x", null, 400, "id"), ("DELETE", "grants", null, 400, null), ("DELETE", "sessions", null, 400, null),
            ("DELETE", "grants?username=nobody", null, 404, null), ("GET", "clients?search=%00", null, 400, null),
            ("GET", "people/%01", null, 404, null),
            ("GET", "people?search=%01%ff", null, 200, null),
            ("GET", "grants?username=%00", null, 400, null), ("GET", "clients?search=%25_%5C'", null, 200, null),
            ("PUT", "clients", "{}", 405, null), ("GET", "Clients", null, 404, null), ("GET", "clients/", null, 404, null),
            ("GET", "nothing", null, 404, null),
        })
        {
            var answer = await api.SendAsync(method, path, body, status == 428 ? null : "\"1\"");
            Assert.True(status == answer.Status, $"{method} {path} {body?[..Math.Min(body.Length, 80)]}: {answer.Status} {answer.Body}");
            if (status < 400)
                continue;
            Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType!.MediaType);
            if (member is not null)
                Assert.Contains(member,
                    answer.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("member").GetString()));
            Assert.DoesNotContain("Authly.", answer.Body, StringComparison.Ordinal);
        }

        // The one that was granted, and nothing else.
        Assert.Equal(rows + 1, await shared.CountAsync("audit_events"));
    }

    [Theory, OnEachDatabase]
    public async Task Lists_go_on_where_they_ended_and_name_each_once(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        foreach (var (list, name, table) in new[]
        {
            ("clients", "client_id", "applications"), ("people", "username", "users"), ("scopes", "name", "scopes"),
        })
        {
            List<string> seen = [];
            for (var after = ""; after is not null;)
            {
                var page = (await api.GetAsync($"{list}?limit=2{after}")).Json;
                seen.AddRange(page.GetProperty(list).EnumerateArray().Select(row => row.GetProperty(name).GetString()!));
                after = page.TryGetProperty("next", out var next) ? $"&after={Uri.EscapeDataString(next.GetString()!)}" : null;
            }

            Assert.Equal(await shared.CountAsync(table), seen.Count);
            Assert.Equal(seen.Count, seen.Distinct().Count());
        }
    }

    [Theory, OnEachDatabase]
    public async Task Of_many_who_make_the_same_at_once_one_makes_it_and_the_others_are_told(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        foreach (var (path, body) in new (string, object)[]
        {
            ("clients", new { client_id = "same", redirect_uris = new[] { "https://x.example/" } }), ("scopes", new { name = "same" }),
            ("people", new { username = "same" }),
        })
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.SendAsync("POST", path, body)));
            Assert.Equal([201, 409, 409, 409, 409, 409], answers.Select(answer => answer.Status).Order());
        }

        // A client that is named as a person would speak as them, by its own tokens.
        var sub = (await api.GetAsync("people/alice"))["sub"];
        var named = await api.SendAsync("POST", "clients", new { client_id = sub, redirect_uris = new[] { "https://x.example/" } });
        Assert.Equal((400, "client_id is the subject of a person."), (named.Status, named["detail"]));
        Assert.Equal(415, await api.PostAsAsync("clients", "application/json; charset=utf-7"));
        Assert.Equal(200, (await api.SendAsync("POST", "clients/service/rotate-secret", "{}")).Status);
        Assert.Equal(404, (await server.GetAsync("/ADMIN/openapi.json")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task No_answer_holds_anything_that_a_secret_could_be_read_from(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        await server.TokensAsync();
        foreach (var path in new[]
        {
            "clients", "clients/web", "people", "people/alice", "scopes", "grants", "sessions", "keys", "audit", "status",
        })
        {
            var body = (await api.GetAsync(path)).Body;
            Assert.DoesNotMatch(
                "client_secret\"|password\"|hash|\\$argon2|private_key|\"d\"|reference", body.Replace("must_change_password", ""));
        }

        Assert.DoesNotContain("secret", JsonSerializer.Serialize((await api.GetAsync("clients/operations")).Json.EnumerateObject()
            .Select(member => member.Name)), StringComparison.Ordinal);
    }
}
