using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using Authly.Tests.Harness;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Authly.Tests.Infrastructure;

public sealed class RedisHandlerTests
{
    [Fact]
    public async Task A_change_is_heard_once_however_often_it_was_tried_to_reach_Redis_before()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, RedisServer.Missing);
        await using var server = RedisServer.Prepare();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["ConnectionStrings:Redis"] = server.ConnectionString }).Build();
        var heard = 0;
        await using var composition = Composition.Build("");
        var notifications = composition.Services.GetRequiredService<ChangeNotifications>();
        notifications.Subscribe("topic", () => Interlocked.Increment(ref heard));
        await using var redis = new Redis(new ConnectionStrings(configuration));
        using var changes = new RedisChanges(redis, notifications, NullLogger<RedisChanges>.Instance);
        await changes.StartAsync(TestContext.Current.CancellationToken);
        await Task.Delay(4500, TestContext.Current.CancellationToken);
        await server.StartAsync();
        await changes.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // Who could not listen looks once whether it missed something.
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        var before = Volatile.Read(ref heard);
        await changes.PublishAsync("topic");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.Equal(before + 1, Volatile.Read(ref heard));
    }
}
