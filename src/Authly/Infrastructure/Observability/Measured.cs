using System.Diagnostics.Metrics;
using Authly.Infrastructure.Configuration;
using OpenTelemetry.Metrics;

namespace Authly.Infrastructure.Observability;

/// <summary>What is measured, and by how many series and which labels at most.</summary>
internal static class Measured
{
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

    /// <summary>Ours, and what the platform measures itself, which is never written by hand.</summary>
    public static string[] Meters { get; } =
    [
        Instruments.MeterName,
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

    /// <summary>The net under everything: an instrument that would grow without bound overflows instead.</summary>
    public static MetricStreamConfiguration ViewOf(Instrument instrument, MetricsOptions options) => new()
    {
        CardinalityLimit = instrument.Name == RequestDuration ? MostRequestSeries
            : options.ClientId != ClientIdMode.Off && WithClients.Contains(instrument.Name) ? MostSeriesWithClients
            : MostSeriesOfOneInstrument,
        TagKeys = instrument.Name.StartsWith("kestrel.", StringComparison.Ordinal)
            || instrument.Name == "db.client.operation.duration" ? TagsWithoutAddress
            : instrument.Name == RequestDuration ? RequestTags : null,
    };
}
