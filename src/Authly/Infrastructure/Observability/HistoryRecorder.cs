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
    private DateTimeOffset _since;
    private bool _isDisposed;

    /// <summary>To be called when somebody looks.</summary>
    /// <returns>Since when it is filled; null where that is the start.</returns>
    public DateTimeOffset? Look()
    {
        if (environment.IsDevelopment())
            return null;
        lock (_lock)
        {
            _looked = time.GetUtcNow();
            if (_provider is not null || _isDisposed)
                return _since;
            _since = _looked;
            _provider = Sdk.CreateMeterProviderBuilder().AddMeter(Measured.Meters)
                .AddView(instrument => History.Keeps(instrument.Name)
                    ? Measured.ViewOf(instrument, options) : MetricStreamConfiguration.Drop)
                .AddReader(history.MakeReader()).Build();
            _timer = time.CreateTimer(_ => EndWhere(() => time.GetUtcNow() - _looked > History.Span), state: null, Rest, Rest);
            return _since;
        }
    }

    public void Dispose() => EndWhere(() => _isDisposed = true);

    private void EndWhere(Func<bool> isSo)
    {
        MeterProvider? ended;
        lock (_lock)
        {
            if (!isSo())
                return;
            _timer?.Dispose();
            (ended, _timer, _provider) = (_provider, null, null);
        }

        // Not under the lock: it waits for its last step.
        ended?.Dispose();
        history.Clear();
    }
}
