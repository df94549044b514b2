using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Authly.Infrastructure.Hosting;

internal static class HealthEndpoints
{
    private const string Root = PathBases.Health;

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// <c>/health/live</c>: the process answers. <c>/health/ready</c>, and its alias <c>/health</c>: it can serve, on every address;
    /// 503 when not.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods($"{Root}/live", Methods, () => Results.Json(new { status = Spell(HealthStatus.Healthy), checks = new { } }));
        foreach (var path in new[] { $"{Root}/ready", Root })
        {
            routes.MapMethods(path, Methods, async (
                HealthMonitor monitor, IHostApplicationLifetime lifetime, CancellationToken cancellationToken) =>
            {
                // The port of metrics and health may be open before the one that clients use.
                if (!lifetime.ApplicationStarted.IsCancellationRequested)
                    return Starting();
                var report = await monitor.AskAsync(cancellationToken);
                // Names and states only: what a failed check has to say may hold an address.
                var state = new
                {
                    status = Spell(report.Status),
                    checks = report.Entries.ToDictionary(entry => entry.Key, entry => Spell(entry.Value.Status))
                };
                return Results.Json(state, statusCode: report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable
                    : StatusCodes.Status200OK);
            });
        }
    }

    /// <summary>
    /// Where metrics and health have a port of their own, they are there and nowhere else, and nothing else is there. The port that took
    /// the connection counts, not the Host header.
    /// </summary>
    public static void UseManagementPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<AuthlyOptions>().Metrics.Port is not (> 0 and var port))
            return;
        app.Use((http, next) =>
        {
            var isManagement = http.Request.Path.StartsWithSegments(ObservabilityExtensions.MetricsPath)
                || http.Request.Path.StartsWithSegments(Root);
            if (http.Connection.LocalPort == port == isManagement)
                return next(http);
            http.SetEndpoint(null);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static IResult Starting() =>
        Results.Json(new { status = Spell(HealthStatus.Unhealthy), checks = new { } }, statusCode: StatusCodes.Status503ServiceUnavailable);

    private static string Spell(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
