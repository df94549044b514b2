using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class DrainingTests
{
    [Fact]
    public async Task A_server_that_was_asked_to_stop_is_not_ready_first_and_serves_until_it_stops()
    {
        await using var server = await AuthlyServer.StartAsync(
            Database.Sqlite, new Dictionary<string, string> { ["Authly__ShutdownDelay"] = "00:00:04" });
        var started = Stopwatch.GetTimestamp();
        var stopped = server.TerminateAsync();
        await Task.Delay(1500, TestContext.Current.CancellationToken);

        Assert.Equal(503, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal(200, (await server.GetAsync("/health/live")).Status);
        var served = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:service-secret-for-tests");
        Assert.Equal((200, true), (served.Status, served.Message.Headers.ConnectionClose));
        Assert.Equal(0, await stopped);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 3.5, 20);
    }
}
