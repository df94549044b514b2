using Authly.Infrastructure.Configuration;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// Fills the history. In Development from the start on, where no Prometheus runs; elsewhere from when somebody first looks at it until
/// nobody has for as long as it reaches back: every request would pay for what is seldom looked at.
/// </summary>
internal sealed class HistoryRecorder(History history, MetricsOptions options, IHostEnvironment environment, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private MeterProvider? _provider;
    private ITimer? _timer;
    private DateTimeOffset _looked;

    /// <summary>Since when it is filled; null where that is the start.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>To be called when somebody looks.</summary>
    public void Look()
    {
        if (environment.IsDevelopment())
            return;
        lock (_lock)
        {
            _looked = time.GetUtcNow();
            if (_provider is not null)
                return;
            Since = _looked;
            _provider = Sdk.CreateMeterProviderBuilder().AddMeter(Measured.Meters)
                .AddView(instrument => History.Keeps(instrument.Name)
                    ? Measured.ViewOf(instrument, options) : MetricStreamConfiguration.Drop)
                .AddReader(history.MakeReader()).Build();
            _timer = time.CreateTimer(_ => EndWhereNobodyLooks(), state: null, Rest, Rest);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            End();
    }

    private void EndWhereNobodyLooks()
    {
        lock (_lock)
        {
            if (time.GetUtcNow() - _looked > History.Span)
                End();
        }
    }

    private void End()
    {
        _timer?.Dispose();
        _provider?.Dispose();
        (_timer, _provider, Since) = (null, null, null);
        history.Clear();
    }
}
