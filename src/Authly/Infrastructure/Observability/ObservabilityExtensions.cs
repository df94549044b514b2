using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Authly.Infrastructure.Observability;

internal static class ObservabilityExtensions
{
    private const int MostSeriesOfOneInstrument = 200;

    private const string RequestDuration = "http.server.request.duration";

    // Threat: whoever sends every method to every route, by every version of HTTP, must not fill the instrument that alerts watch. With these tags all that can be sent fits.
    private const int MostRequestSeries = 2000;
    private static readonly string[] RequestTags = ["http.request.method", "http.route", "http.response.status_code", "error.type"];

    // So have these, where client ids are labels: every client has its own errors. Of those whom nobody registered, all share one label.
    private const int MostSeriesWithClients = 5000;
    private static readonly string[] WithClients = [InstrumentNames.TokenRequests, InstrumentNames.AuthorizationRequests, InstrumentNames.ClientRequests];

    // What the platform measures itself is never written by hand.
    private static readonly string[] PlatformMeters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Authentication", "Microsoft.AspNetCore.Authorization", "Microsoft.AspNetCore.RateLimiting", "Microsoft.AspNetCore.MemoryPool",
        "Microsoft.EntityFrameworkCore", "Npgsql", "System.Runtime",
    ];

    // No address, not even our own or the database's, is a label.
    private static readonly string[] TagsWithoutAddress =
    [
        "network.protocol.name", "network.protocol.version", "network.transport", "network.type", "tls.protocol.version", "error.type",
        "db.client.connection.pool.name", "db.system.name",
    ];

    public static void AddObservability(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Instruments>();
        builder.Services.AddSingleton<Readings>();
        builder.Services.AddSingleton<ClientLabels>();
        builder.Services.AddSingleton<History>();
        builder.Services.AddSingleton<IInterceptor, CommandTimer>();
        builder.Services.AddHostedService<GaugeRefresher>();
        builder.Services.AddSingleton<IHealthCheckPublisher, HealthReadings>();
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15)));
        builder.Logging.AddConsoleFormatter<JsonLog, ConsoleFormatterOptions>();
        if (!builder.Environment.IsDevelopment())
            builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = JsonLog.FormatterName);

        AddExporters(builder, builder.Configuration.GetSection($"{AuthlyOptions.Section}:{nameof(AuthlyOptions.Metrics)}").Get<MetricsOptions>() ?? new());
        if (Port(builder) is { } port and > 0)
            builder.WebHost.UseUrls($"{builder.Configuration[WebHostDefaults.ServerUrlsKey]};http://*:{port}");

        builder.Services.AddHealthChecks()
            .AddCheck<ReadinessCheck>("startup", tags: ["ready"])
            .AddCheck<DatabaseCheck>("database", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    private static void AddExporters(WebApplicationBuilder builder, MetricsOptions options)
    {
        var collector = options.Otlp.Endpoint;
        var isDevelopment = builder.Environment.IsDevelopment();
        if (!options.Enabled && collector is null && !isDevelopment)
            return;

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("authly"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter([Instruments.MeterName, .. PlatformMeters])
                // The net under everything: an instrument that would grow without bound overflows instead.
                .AddView(instrument => new MetricStreamConfiguration
                {
                    CardinalityLimit = instrument.Name == RequestDuration ? MostRequestSeries
                        : options.ClientId != ClientIdMode.Off && WithClients.Contains(instrument.Name) ? MostSeriesWithClients : MostSeriesOfOneInstrument,
                    TagKeys = instrument.Name.StartsWith("kestrel.", StringComparison.Ordinal) || instrument.Name == "db.client.operation.duration" ? TagsWithoutAddress
                        : instrument.Name == RequestDuration ? RequestTags : null,
                })
                .SetExemplarFilter(ExemplarFilterType.TraceBased);
            if (options.Enabled)
                metrics.AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);
            if (collector is not null)
                metrics.AddOtlpExporter(otlp => otlp.Endpoint = collector);
            if (isDevelopment)
            {
                metrics.AddReader(services => new PeriodicExportingMetricReader(services.GetRequiredService<History>(), (int)History.Step.TotalMilliseconds)
                {
                    TemporalityPreference = MetricReaderTemporalityPreference.Delta,
                });
            }
        });
        if (collector is not null)
        {
            telemetry.WithTracing(tracing => tracing
                .AddSource(Tracing.SourceName, "Npgsql")
                // Threat: whatever a client puts into a path or query would go to the collector. The route says enough.
                .AddAspNetCoreInstrumentation(http => http.EnrichWithHttpRequest = (span, _) => span.SetTag("url.path", null).SetTag("url.query", null))
                .AddOtlpExporter(otlp => otlp.Endpoint = collector));
        }
    }

    /// <summary>The outermost of all: it logs what was answered, whoever answered.</summary>
    public static void UseAccessLog(this WebApplication app) => app.UseMiddleware<AccessLog>();

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
