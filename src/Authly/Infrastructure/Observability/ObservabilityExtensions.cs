using Authly.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Authly.Infrastructure.Observability;

internal static class ObservabilityExtensions
{
    public const string MetricsPath = "/metrics";

    private const int MostSeriesOfOneInstrument = 200;

    private const string RequestDuration = "http.server.request.duration";

    // Threat: whoever sends every method to every route, by every version of HTTP, must not fill the instrument that alerts watch. With
    // these tags all that can be sent fits.
    private const int MostRequestSeries = 2000;
    private static readonly string[] RequestTags = ["http.request.method", "http.route", "http.response.status_code", "error.type"];

    // So have these, where client ids are labels: every client has its own errors. Of those whom nobody registered, all share one label.
    private const int MostSeriesWithClients = 5000;
    private static readonly string[] WithClients =
        [InstrumentNames.TokenRequests, InstrumentNames.AuthorizationRequests, InstrumentNames.ClientRequests];

    // What the platform measures itself is never written by hand.
    private static readonly string[] PlatformMeters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Diagnostics",
            "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Authentication", "Microsoft.AspNetCore.Authorization", "Microsoft.AspNetCore.RateLimiting",
            "Microsoft.AspNetCore.MemoryPool",
        "Microsoft.EntityFrameworkCore", "Npgsql", "System.Runtime",
    ];

    // No address, not even our own or the database's, is a label.
    private static readonly string[] TagsWithoutAddress =
    [
        "network.protocol.name", "network.protocol.version", "network.transport", "network.type", "tls.protocol.version", "error.type",
        "db.client.connection.pool.name", "db.system.name",
    ];

    public static void AddObservability(this WebApplicationBuilder builder, MetricsOptions options)
    {
        builder.Services.AddSingleton<SecurityEvents>();
        builder.Services.AddSingleton<Instruments>();
        builder.Services.AddSingleton<Readings>();
        builder.Services.AddSingleton<ClientLabels>();
        builder.Services.AddSingleton<Activities>();
        builder.Services.AddSingleton<History>();
        builder.Services.AddSingleton<IInterceptor, CommandTimer>();
        builder.Logging.AddConsoleFormatter<JsonLog, ConsoleFormatterOptions>();
        if (!builder.Environment.IsDevelopment())
            builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = JsonLog.FormatterName);
        // Threat: an output that nobody reads would otherwise stop every request that logs. What does not fit into the queue is dropped,
        // and counted in a line of its own.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);

        AddExporters(builder, options);
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
                        : options.ClientId != ClientIdMode.Off
                            && WithClients.Contains(instrument.Name) ? MostSeriesWithClients : MostSeriesOfOneInstrument,
                    TagKeys = instrument.Name.StartsWith("kestrel.", StringComparison.Ordinal)
                        || instrument.Name == "db.client.operation.duration" ? TagsWithoutAddress
                        : instrument.Name == RequestDuration ? RequestTags : null,
                })
                .SetExemplarFilter(ExemplarFilterType.TraceBased);
            if (options.Enabled)
                metrics.AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);
            if (collector is not null)
                metrics.AddOtlpExporter(otlp => otlp.Endpoint = collector);
            if (isDevelopment)
            {
                metrics.AddReader(services =>
                    new PeriodicExportingMetricReader(services.GetRequiredService<History>(), (int)History.Step.TotalMilliseconds)
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
                .AddAspNetCoreInstrumentation(
                    http => http.EnrichWithHttpRequest = (span, _) => span.SetTag("url.path", null).SetTag("url.query", null))
                .AddOtlpExporter(otlp => otlp.Endpoint = collector));
        }
    }

    /// <summary>The outermost of all: it logs what was answered, whoever answered.</summary>
    public static void UseAccessLog(this WebApplication app) => app.UseMiddleware<AccessLog>();

    /// <summary>Before everything that could fail or wait: a scrape is answered also when the database is not.</summary>
    public static void UseObservability(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<AuthlyOptions>().Metrics.Enabled)
            return;
        app.Use((http, next) =>
        {
            // The exporter would answer any method.
            if (http.Request.Path != MetricsPath || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
                return next(http);
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        });
        // By its path, whole: with a name alone the exporter would answer everything below it, past the limit and the methods.
        app.UseOpenTelemetryPrometheusScrapingEndpoint(http => http.Request.Path == MetricsPath);
    }
}
