using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Authly.Tests.Infrastructure;

/// <summary>What Production keeps of the last minutes, which nobody pays for who does not look.</summary>
public sealed class HistoryRecorderTests
{
    [Fact]
    public async Task The_history_is_kept_while_somebody_looks_and_begins_anew_when_somebody_looks_again()
    {
        var clock = new Clock();
        var history = new History(clock);
        using var recorder = new HistoryRecorder(history, new MetricsOptions(), new Production(), clock);
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        Assert.Empty(history.Moments);

        var since = recorder.Look();
        await SoonAsync(() => history.Moments.Count > 0);
        var points = history.Moments.SelectMany(moment => moment.Points).ToList();
        Assert.Contains(points, point => point.Instrument == "dotnet.process.memory.working_set");
        Assert.All(points, point => Assert.True(History.Keeps(point.Instrument)));
        clock.Pass(TimeSpan.FromMinutes(14));
        Assert.Equal(since, recorder.Look());
        clock.Pass(TimeSpan.FromMinutes(14));
        Assert.NotEmpty(history.Moments);

        clock.Pass(TimeSpan.FromMinutes(2));
        Assert.Empty(history.Moments);
        await Task.Delay(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        Assert.Empty(history.Moments);
        Assert.True(recorder.Look() > since);
        await SoonAsync(() => history.Moments.Count > 0);
    }

    private static async Task SoonAsync(Func<bool> isSo)
    {
        for (var attempt = 0; !isSo(); attempt++)
        {
            Assert.True(attempt < 200, "After 20 s it is not so.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UtcNow;
        private Action? _tick;

        public override DateTimeOffset GetUtcNow() => _now;

        /// <summary>Time passes, and whatever waits looks at it.</summary>
        public void Pass(TimeSpan time)
        {
            _now += time;
            _tick?.Invoke();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _tick = () => callback(state);
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;

        public string ApplicationName { get; set; } = "authly";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
