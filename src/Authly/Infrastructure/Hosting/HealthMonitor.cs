using Authly.Infrastructure.Observability;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Asks the health checks once for all who wait, and shares the answer for a second. Threat: a probe that hangs up, however often, must
/// take no connection with it, so nothing here runs for a request or ends with one. It asks by itself too, so that metrics show health
/// whether or not somebody probes.
/// </summary>
internal sealed class HealthMonitor(HealthCheckService checks, Readings readings, TimeProvider time, ILogger<HealthMonitor> logger)
    : BackgroundService
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HealthStatus> _states = new(StringComparer.Ordinal);
    private Task<HealthReport>? _asked;
    private long _answeredAt;

    /// <summary>The state of all checks, at most a second old. Cancelling ends the wait, not the question.</summary>
    public Task<HealthReport> AskAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_asked is null || (_asked.IsCompleted && time.GetElapsedTime(Volatile.Read(ref _answeredAt)) > Freshness))
                _asked = Task.Run(CheckAsync, CancellationToken.None);
            return _asked.WaitAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var isHealthy = false;
            try
            {
                isHealthy = (await AskAsync(stoppingToken)).Status != HealthStatus.Unhealthy;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Health could not be asked for: {Fault}", exception.GetType().Name);
            }

            // What is wrong may be over in a moment.
            await Task.Delay(isHealthy ? Interval : 2 * Freshness, time, stoppingToken);
        }
    }

    private async Task<HealthReport> CheckAsync()
    {
        try
        {
            var report = await checks.CheckHealthAsync(CancellationToken.None);
            foreach (var (check, entry) in report.Entries)
            {
                readings.HealthChecked(check, entry.Status == HealthStatus.Healthy);
                Log(check, entry);
            }

            return report;
        }
        finally
        {
            Volatile.Write(ref _answeredAt, time.GetTimestamp());
        }
    }

    /// <summary>
    /// Says what has changed, once. Threat: the platform's own line, which is off, quotes an exception's message, and that names the
    /// address of a Redis or a database.
    /// </summary>
    private void Log(string check, HealthReportEntry entry)
    {
        var before = _states.GetValueOrDefault(check, HealthStatus.Healthy);
        _states[check] = entry.Status;
        if (entry.Status != before)
        {
            logger.Log(entry.Status == HealthStatus.Healthy ? LogLevel.Information : LogLevel.Warning, "Health: {Check} is {State} {Fault}",
                check, entry.Status, entry.Exception?.GetType().Name);
        }
    }
}
