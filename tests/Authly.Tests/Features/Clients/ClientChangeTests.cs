using Authly.Tests.Harness;
using static Authly.Tests.Features.Clients.ClientsInUseTests;

namespace Authly.Tests.Features.Clients;

public sealed class ClientChangeTests
{
    private const string Service = "service:service-secret-for-tests";

    [Theory, OnEachDatabase]
    public async Task A_disabled_client_is_as_if_it_did_not_exist_on_every_instance_until_it_is_enabled(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        await using var one = await shared.StartAsync();
        await using var other = await shared.StartAsync();
        var own = await TokenAsync(one, Service);
        var people = await one.TokensAsync();
        foreach (var client in new[] { "service", "web" })
            await shared.TellAsync("client", "disable", client);
        foreach (var server in new[] { one, other })
        {
            // Of tokens the database is asked each time.
            Assert.False(await server.IsActiveAsync(own["access_token"]!, "reader:reader-secret-for-tests"));
            Assert.Equal(401, (await server.UserInfoAsync(people["access_token"])).Status);
            await CommandLines.SoonAsync(async () => (await TokenAsync(server, Service)) is { Status: 401, Error: "invalid_client" });
            await CommandLines.SoonAsync(async () => (await server.RefreshAsync(people["refresh_token"]!)).Error == "invalid_client");
            Assert.Equal(400, (await server.GetAsync(new AuthorizationRequest().Url)).Status);
        }

        foreach (var client in new[] { "service", "web" })
            await shared.TellAsync("client", "enable", client);
        await CommandLines.SoonAsync(async () => (await TokenAsync(other, Service)).Status == 200);
        Assert.Equal(200, (await other.UserInfoAsync(people["access_token"])).Status);
        await CommandLines.SoonAsync(async () => (await other.RefreshAsync(people["refresh_token"]!)).Status == 200);
    }

    [Theory, OnEachDatabase]
    public async Task Nobody_meets_a_fault_while_a_client_comes_and_goes(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__PlainGrants", "false"));
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        using var done = new CancellationTokenSource();
        var busy = Enumerable.Range(0, 4).Select(async _ =>
        {
            List<int> statuses = [];
            while (!done.IsCancellationRequested)
            {
                statuses.Add((await TokenAsync(server, Service)).Status);
                statuses.Add((await server.RefreshAsync(tokens["refresh_token"]!)).Status);
            }

            return statuses;
        }).ToList();
        for (var round = 0; round < 3; round++)
        {
            foreach (var verb in new[] { "disable", "enable" })
                await Task.WhenAll(shared.TellAsync("client", verb, "service"), shared.TellAsync("client", verb, "web"));
        }

        await done.CancelAsync();
        Assert.All((await Task.WhenAll(busy)).SelectMany(statuses => statuses), status => Assert.InRange(status, 200, 401));
    }

    [Theory, OnEachDatabase]
    public async Task A_change_leaves_the_secret_and_what_it_does_not_name(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        await shared.TellAsync("client", "rotate-secret", "service");
        await shared.TellAsync("client", "update", "service", "--name", "Renamed");
        var shown = await shared.TellAsync("client", "show", "service");
        Assert.Equal(("Renamed", "orders.read"), (shown.GetProperty("client_name").GetString(), shown.GetProperty("scope").GetString()));
        Assert.Equal(200, (await TokenAsync(server, Service)).Status);

        Assert.StartsWith("authly client update: redirect_uris[0] must be",
            await shared.RefusedAsync("client", "update", "web", "--redirect-uri", "http://app.example/cb"), StringComparison.Ordinal);
        Assert.Equal("authly client update: There is no such client.", await shared.RefusedAsync("client", "update", "nobody"));
    }

    [Theory, OnEachDatabase]
    public async Task Of_two_who_change_one_client_at_once_nobody_s_change_is_lost_untold(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await shared.MigrateAsync();
        await shared.TellAsync("client", "create", "shop", "--redirect-uri", "https://shop.example/");
        for (var round = 0; round < 3; round++)
        {
            var (name, uri) = ($"Name {round}", $"https://shop.example/{round}");
            var ends = await Task.WhenAll(shared.RunAsync("client", "update", "shop", "--name", name),
                shared.RunAsync("client", "update", "shop", "--redirect-uri", uri));
            var shown = (await shared.TellAsync("client", "show", "shop")).GetRawText();
            Assert.Equal((ends[0].ExitCode == 0, ends[1].ExitCode == 0),
                (shown.Contains(name, StringComparison.Ordinal), shown.Contains(uri, StringComparison.Ordinal)));
            Assert.All(ends.Where(end => end.ExitCode != 0), end =>
                Assert.Equal("authly client update: Somebody else has just changed it.", end.Error.Trim()));
        }
    }
}
