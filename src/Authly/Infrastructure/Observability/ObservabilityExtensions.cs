using Authly.Infrastructure.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Authly.Infrastructure.Observability;

internal static class ObservabilityExtensions
{
    private const int MostSeriesOfOneInstrument = 200;

    // What the platform measures itself is never written by hand.
    private static readonly string[] PlatformMeters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Authentication", "Microsoft.AspNetCore.Authorization", "Microsoft.AspNetCore.RateLimiting", "Microsoft.AspNetCore.MemoryPool",
        "Microsoft.EntityFrameworkCore", "Npgsql", "System.Runtime",
    ];

    public static void AddObservability(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Instruments>();
        builder.Services.AddSingleton<Readings>();
        builder.Services.AddSingleton<ClientLabels>();
        builder.Services.AddSingleton<CommandTimer>();
        builder.Services.AddHostedService<GaugeRefresher>();
        builder.Services.AddSingleton<IHealthCheckPublisher, HealthReadings>();
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15)));
        if (!builder.Environment.IsDevelopment())
        {
            // One JSON object a line: a line break in a request's text cannot forge an entry.
            builder.Logging.ClearProviders().AddJsonConsole(json => json.UseUtcTimestamp = true);
        }

        var options = builder.Configuration.GetSection($"{AuthlyOptions.Section}:{nameof(AuthlyOptions.Metrics)}").Get<MetricsOptions>() ?? new();
        if (options.Enabled)
        {
            builder.Services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService("authly"))
                .WithMetrics(metrics => metrics
                    .AddMeter([Instruments.MeterName, .. PlatformMeters])
                    // The net under everything: an instrument that would grow without bound overflows instead.
                    .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MostSeriesOfOneInstrument })
                    .AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));
        }

        if (Port(builder) is { } port and > 0)
            builder.WebHost.UseUrls($"{builder.Configuration[WebHostDefaults.ServerUrlsKey]};http://*:{port}");

        builder.Services.AddHealthChecks()
            .AddCheck<ReadinessCheck>("startup", tags: ["ready"])
            .AddCheck<DatabaseCheck>("database", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    /// <summary>Before everything that could fail or wait: a scrape is answered also when the database is not.</summary>
    public static void UseObservability(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<AuthlyOptions>().Metrics;
        var port = options.Port ?? 0;
        if (port > 0)
        {
            // The metrics port serves metrics and health, and nothing else does serve metrics. The port that took the connection counts, not the Host header.
            app.UseWhen(http => http.Connection.LocalPort == port && !http.Request.Path.StartsWithSegments("/metrics") && !http.Request.Path.StartsWithSegments("/health"),
                branch => branch.Run(http =>
                {
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                }));
        }

        if (options.Enabled)
            app.UseOpenTelemetryPrometheusScrapingEndpoint(http => http.Request.Path == "/metrics" && (port == 0 || http.Connection.LocalPort == port));
    }

    private static int? Port(WebApplicationBuilder builder) =>
        builder.Configuration.GetValue<int?>($"{AuthlyOptions.Section}:{nameof(AuthlyOptions.Metrics)}:{nameof(MetricsOptions.Port)}")
            ?? (builder.Environment.IsDevelopment() ? 0 : 9464);
}
