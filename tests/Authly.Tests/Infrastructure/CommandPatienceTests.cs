using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class CommandPatienceTests
{
    [Theory, OnEachDatabase]
    public async Task A_command_waits_longer_than_a_request_for_whoever_writes(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await shared.MigrateAsync();
        await using var writer = await shared.LockAsync("scopes");
        var making = shared.RunAsync("scope", "create", "orders.read");
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        Assert.False(making.IsCompleted);
        await writer.DisposeAsync();
        Assert.Equal((0, ""), ((await making).ExitCode, (await making).Error));
    }
}
