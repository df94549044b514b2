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

    public static void AddObservability(this WebApplicationBuilder builder, MetricsOptions options)
    {
        builder.Services.AddSingleton<SecurityEvents>();
        builder.Services.AddSingleton<Instruments>();
        builder.Services.AddSingleton<Readings>();
        builder.Services.AddSingleton<ClientLabels>();
        builder.Services.AddSingleton<Activities>();
        builder.Services.AddSingleton<History>();
        builder.Services.AddSingleton(services => new HistoryRecorder(
            services.GetRequiredService<History>(), options, builder.Environment, services.GetRequiredService<TimeProvider>()));
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
            metrics.AddMeter(Measured.Meters).AddView(instrument => Measured.ViewOf(instrument, options))
                .SetExemplarFilter(ExemplarFilterType.TraceBased);
            if (options.Enabled)
                metrics.AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);
            if (collector is not null)
                metrics.AddOtlpExporter(otlp => otlp.Endpoint = collector);
            if (isDevelopment)
                metrics.AddReader(services => services.GetRequiredService<History>().MakeReader());
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
