using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Authly.Infrastructure.Hosting;

/// <summary>Ready once schema, keys and seed are in place, and until the server begins to stop.</summary>
internal sealed class ReadinessCheck(Startup startup, SigningKeyRing keys, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
            : startup.IsComplete && keys.Current.Count > 0 ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("starting"));
}

/// <summary>Whether the database answers, asked through the pool that requests use.</summary>
internal sealed class DatabaseCheck(IServiceScopeFactory scopes) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().SigningKeys.AnyAsync(cancellationToken)
            // The driver's own deadlines are longer than a probe waits.
            .WaitAsync(TimeSpan.FromSeconds(3), cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

/// <summary>Redis away is no reason to send requests elsewhere: changes are noticed a little later.</summary>
internal sealed class RedisCheck(Redis redis) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(redis.IsConnected ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());
}

/// <summary>Shows in the metrics what the checks say, asked every 15 seconds whether or not somebody probes.</summary>
internal sealed class HealthReadings(Readings readings) : IHealthCheckPublisher
{
    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        foreach (var (check, entry) in report.Entries)
            readings.HealthChecked(check, entry.Status == HealthStatus.Healthy);
        return Task.CompletedTask;
    }
}

internal static class HealthExtensions
{
    /// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>, and its alias <c>/health</c>: it can serve; 503 when not.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        foreach (var path in new[] { "/health/ready", "/health" })
            routes.MapHealthChecks(path, new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready"), ResponseWriter = WriteAsync });
    }

    // Names and states only: what a failed check has to say may hold an address.
    private static Task WriteAsync(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(new
    {
        status = Spell(report.Status),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => Spell(entry.Value.Status)),
    });

    private static string Spell(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
