using Authly.Tests.Harness;
using static Authly.Tests.Features.Clients.ClientsInUseTests;

namespace Authly.Tests.Features.Clients;

public sealed class ClientCommandTests
{
    [Theory, OnEachDatabase]
    public async Task A_client_that_is_made_works_and_one_that_is_deleted_is_gone_with_its_tokens_on_every_instance(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var made = await shared.TellAsync("client", "create", "batch", "--grant-type", "client_credentials", "--scope", "orders.read");
        var basic = $"batch:{made.GetProperty("client_secret").GetString()}";
        Assert.Matches("^batch:authly_[A-Za-z0-9_-]{43}$", basic);
        var answers = new[] { await TokenAsync(one, basic), await TokenAsync(other, basic) };
        Assert.All(answers, answer => Assert.Equal((200, "orders.read"), (answer.Status, answer["scope"])));
        Assert.True(await other.IsActiveAsync(answers[0]["access_token"]!, basic));

        Assert.Equal("authly client create: There is a client of that id already.",
            await shared.RefusedAsync("client", "create", "batch", "--grant-type", "client_credentials"));
        await shared.TellAsync("client", "delete", "batch");
        foreach (var server in new[] { one, other })
        {
            await CommandLines.SoonAsync(async () => (await TokenAsync(server, basic)) is { Status: 401, Error: "invalid_client" });
            Assert.False(await server.IsActiveAsync(answers[0]["access_token"]!));
        }

        Assert.Equal("authly client delete: There is no such client.", await shared.RefusedAsync("client", "delete", "batch"));
        Assert.Equal(0, await shared.CountAsync("tokens"));
    }

    [Theory, OnEachDatabase]
    public async Task What_people_allowed_a_deleted_client_is_not_remembered_for_the_next_of_its_id(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        await server.TokensAsync();
        Assert.Equal(1, await shared.CountAsync("consents"));
        await shared.TellAsync("client", "delete", "web");
        Assert.Equal((0, 0, 0), (await shared.CountAsync("consents"), await shared.CountAsync("tokens"),
            await shared.CountAsync("authorizations")));
    }

    [Theory, OnEachDatabase]
    public async Task What_is_no_client_is_refused_by_the_name_of_what_is_wrong_and_nothing_is_written(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await shared.MigrateAsync();
        foreach (var (words, fault) in new (string[], string)[]
        {
            (["x"], "redirect_uris is required"), (["x y"], "client_id must be"),
            (["x", "--redirect-uri", "http://app.example/cb"], "redirect_uris[0] must be"),
            (["x", "--grant-type", "password"], "grant_types[0] must be one of"),
            (["x", "--public", "--grant-type", "client_credentials"], "grant_types[0] a public client cannot have client_credentials"),
            (["x", "--grant-type", "client_credentials", "--scope", "ordres.read"], "scope names 'ordres.read', which is not registered"),
        })
        {
            Assert.StartsWith($"authly client create: {fault}", await shared.RefusedAsync(["client", "create", .. words]),
                StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), (await shared.CountAsync("applications"), await shared.CountAsync("audit_events")));
    }

    [Theory, OnEachDatabase]
    public async Task Clients_are_listed_by_their_ids_page_by_page_searched_literally_and_shown_without_a_secret(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await shared.MigrateAsync();
        foreach (var (id, name) in new[] { ("b-100%", "Percent"), ("a_1", "Orders"), ("axb", "ORDERS of old"), ("c", "Shop") })
            await shared.TellAsync("client", "create", id, "--grant-type", "client_credentials", "--name", name);
        Assert.Equal(["a_1", "axb", "b-100%", "c"], await ListAsync(shared));
        Assert.Equal(["a_1", "axb"], await ListAsync(shared, "--limit", "2"));
        Assert.Equal(["b-100%", "c"], await ListAsync(shared, "--limit", "2", "--after", "axb"));
        Assert.Equal(["a_1", "axb"], await ListAsync(shared, "--search", "orders"));
        Assert.Equal(["a_1"], await ListAsync(shared, "--search", "_"));
        Assert.Equal(["b-100%"], await ListAsync(shared, "--search", "0%"));
        Assert.Equal("authly client list: The limit is 1 to 200.", await shared.RefusedAsync("client", "list", "--limit", "1000000000"));

        var shown = await shared.TellAsync("client", "show", "c");
        Assert.Equal(("c", "Shop"), (shown.GetProperty("client_id").GetString(), shown.GetProperty("client_name").GetString()));
        Assert.DoesNotContain("secret", shown.GetRawText(), StringComparison.OrdinalIgnoreCase);
        var (_, table, error) = await shared.RunAsync("client", "list", "--limit", "1");
        Assert.Matches("^CLIENT ID +NAME +STATE +AUTHENTICATION +GRANTS +SCOPE\n"
            + "a_1 +Orders +active +client_secret +client_credentials", table);
        Assert.Equal("There are more: --after a_1", error.Trim());
    }

    private static async Task<IEnumerable<string?>> ListAsync(SharedDatabase shared, params string[] words) =>
        (await shared.TellAsync(["client", "list", .. words])).GetProperty("clients").EnumerateArray()
            .Select(client => client.GetProperty("client_id").GetString());
}
