using System.Diagnostics.Metrics;
using Authly.Infrastructure.Observability;
using Authly.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Authly.Tests.Infrastructure;

/// <summary>Two instances' clocks differ, and one's own may be set back.</summary>
public sealed class ClockTests
{
    [Fact]
    public async Task What_ended_before_it_began_by_another_clock_took_no_time()
    {
        await using var composition = Composition.Build("Data Source=:memory:");
        var instruments = composition.Services.GetRequiredService<Instruments>();
        var recorded = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name is "authly.authorization_flow.duration" or "authly.oauth.refresh_reuse.age"
                && instrument.Meter.Scope == composition.Services.GetRequiredService<IMeterFactory>())
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => recorded.Add(value));
        listener.Start();
        instruments.JourneyEnded(JourneyPages.Login, JourneyOutcome.Code, TimeSpan.FromSeconds(-3));
        instruments.RefreshTokenReused(TimeSpan.FromSeconds(-3));
        Assert.Equal([0.0, 0.0], recorded);
    }
}
