using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

public sealed class UnreadOutputTests
{
    private const int Requests = 6000;

    [Fact]
    public async Task A_log_that_nobody_reads_holds_no_request_up()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Sqlite,
            [.. new Production().Settings, ("Logging__LogLevel__Authly.Access", "Information")]);
        await using var server = AuthlyServer.Launch(shared.Settings, outputIsRead: false);
        await server.WaitUntilReadyAsync();
        using var http = server.NewClient();
        http.Timeout = TimeSpan.FromSeconds(5);
        var (answered, hangs) = (0, false);
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            if (Volatile.Read(ref hangs))
                return;
            try
            {
                using var answer = await http.GetAsync(new Uri("/.well-known/jwks.json", UriKind.Relative), CancellationToken.None);
                Interlocked.Increment(ref answered);
            }
            catch (TaskCanceledException)
            {
                Volatile.Write(ref hangs, true);
            }
        });

        Assert.True(answered == Requests, $"After {answered} requests there was no answer within {http.Timeout}.");
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(200, (await server.GetAsync("/.well-known/jwks.json")).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
