using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Administration;

public sealed class LastAdministratorTests
{
    [Theory, OnEachDatabase]
    public async Task Who_administers_from_elsewhere_leaves_an_administrator(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var api = await AdminApi.OpenAsync(shared, server);
        // Of two who end each other's right at once, one is told.
        for (var round = 0; round < 5; round++)
        {
            await shared.ExecuteAsync("update users set \"IsAdministrator\" = (\"Username\" in ('alice', 'bob'))");
            var answers = await Task.WhenAll(DemoteAsync(api, "alice"), DemoteAsync(api, "bob"));
            Assert.Equal([200, 409], answers.Select(answer => answer.Status).Order());
            Assert.Equal("Nobody else administers this server.", answers.Single(answer => answer.Status == 409)["detail"]);
        }

        await shared.ExecuteAsync("update users set \"IsAdministrator\" = (\"Username\" in ('alice', 'bob'))");
        Assert.Equal(204, (await api.SendAsync("DELETE", "people/bob")).Status);
        Assert.Equal(409, (await api.SendAsync("DELETE", "people/alice")).Status);
        Assert.Equal(409, (await api.SendAsync("POST", "people/alice/disable")).Status);
        Assert.Equal(409, (await DemoteAsync(api, "alice")).Status);
        Assert.True((await api.GetAsync("people/alice")).Json.GetProperty("administrator").GetBoolean());
        var file = new { users = new[] { new { username = "alice", password = "correct horse battery", administrator = false } } };
        Assert.Equal(409, (await api.SendAsync("POST", "configuration", file)).Status);
        // A disabled one is none who could stand in.
        Assert.Equal(201, (await api.SendAsync("POST", "people", new { username = "carol", administrator = true })).Status);
        Assert.Equal(200, (await api.SendAsync("POST", "people/carol/disable")).Status);
        Assert.Equal(409, (await DemoteAsync(api, "alice")).Status);

        // Who has the database can always make another.
        await shared.TellAsync("user", "update", "alice", "--administrator", "false");
    }

    private static async Task<Answer> DemoteAsync(AdminApi api, string username)
    {
        var (_, version) = await api.ReadAsync($"people/{username}");
        return await api.SendAsync("PATCH", $"people/{username}", new { administrator = false }, version);
    }
}
