using Authly.Tests.Harness;

namespace Authly.Tests.Features.Clients;

/// <summary>What an operator does to clients that ask for tokens meanwhile.</summary>
public sealed class ClientsInUseTests
{
    [Theory, OnEachDatabase]
    public async Task A_client_that_is_deleted_while_it_asks_is_told_so_and_nobody_meets_a_fault(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        var secret = (await shared.TellAsync("client", "create", "busy", "--grant-type", "client_credentials", "--scope", "orders.read"))
            .GetProperty("client_secret").GetString();
        using var done = new CancellationTokenSource();
        var busy = Enumerable.Range(0, 6).Select(_ => UseAsync(server, $"busy:{secret}", done.Token, TimeSpan.Zero)).ToList();
        var other = UseAsync(server, "service:service-secret-for-tests", done.Token, TimeSpan.Zero);
        await CommandLines.SoonAsync(async () => await shared.CountAsync("tokens") > 50);
        await shared.TellAsync("client", "delete", "busy");
        await CommandLines.SoonAsync(async () => (await TokenAsync(server, $"busy:{secret}")).Status == 401);
        await done.CancelAsync();
        Assert.Equal([200, 401], (await Task.WhenAll(busy)).SelectMany(statuses => statuses).Distinct().Order());
        Assert.Equal([200], (await other).Distinct());
    }

    [Theory, OnEachDatabase]
    public async Task No_request_fails_while_a_secret_is_changed_and_a_leaked_one_is_good_no_longer(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        const string First = "service:service-secret-for-tests";
        Assert.Equal(200, (await TokenAsync(server, First)).Status);
        using var done = new CancellationTokenSource();
        var meanwhile = UseAsync(server, First, done.Token);
        var second = await RotateAsync(shared);
        await CommandLines.SoonAsync(async () => (await TokenAsync(server, second)).Status == 200);
        await done.CancelAsync();
        Assert.All(await meanwhile, status => Assert.Equal(200, status));
        Assert.Equal(200, (await TokenAsync(server, First)).Status);

        // Two live at most, whoever else changes it at the same time.
        var third = await RotateAsync(shared);
        await CommandLines.SoonAsync(async () => (await TokenAsync(server, third)).Status == 200);
        Assert.Equal((200, 401), ((await TokenAsync(server, second)).Status, (await TokenAsync(server, First)).Status));
        await Task.WhenAll(RotateAsync(shared), RotateAsync(shared));
        var last = await RotateAsync(shared, "--grace", "0");
        await CommandLines.SoonAsync(async () => (await TokenAsync(server, last)).Status == 200);
        Assert.Equal(401, (await TokenAsync(server, third)).Status);
        Assert.Equal(0, await shared.CountAsync("applications where \"Settings\" like '%previous_client_secret%'"));

        Assert.Equal("authly client rotate-secret: It is a public client, which has no secret.",
            await shared.RefusedAsync("client", "rotate-secret", "spa"));
        Assert.Equal("authly client rotate-secret: The grace is 0 to 30 days.",
            await shared.RefusedAsync("client", "rotate-secret", "service", "--grace", "31.00:00:00"));
    }

    internal static Task<Answer> TokenAsync(AuthlyServer server, string basic) =>
        server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, basic);

    private static async Task<string> RotateAsync(SharedDatabase shared, params string[] words) =>
        $"service:{(await shared.TellAsync(["client", "rotate-secret", "service", .. words])).GetProperty("client_secret").GetString()}";

    private static async Task<IReadOnlyList<int>> UseAsync(
        AuthlyServer server, string basic, CancellationToken cancellationToken, TimeSpan? pause = null)
    {
        List<int> statuses = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            statuses.Add((await TokenAsync(server, basic)).Status);
            await Task.Delay(pause ?? TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }

        return statuses;
    }
}
