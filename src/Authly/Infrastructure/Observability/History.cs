using System.Collections.Frozen;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Authly.Infrastructure.Observability;

/// <summary>One series in one step: what a counter or histogram gained, or what a gauge showed.</summary>
internal sealed record Point(string Instrument, FrozenDictionary<string, string> Tags, double Value, Distribution? Distribution);

/// <summary>All series at the end of one step.</summary>
internal sealed record Moment(DateTimeOffset At, IReadOnlyList<Point> Points);

/// <summary>
/// The last 15 minutes of this process, in steps of 5 seconds, from the same instruments and through the same exporter pipeline that
/// Prometheus is answered from.
/// </summary>
internal sealed class History(TimeProvider time) : BaseExporter<Metric>
{
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(15);

    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    // A bound on memory: what a page shows, not all that is measured.
    private static readonly FrozenSet<string> Kept = FrozenSet.Create(
        "http.server.request.duration", InstrumentNames.HandlerDuration, InstrumentNames.HandlersInProgress,
            InstrumentNames.AuthorizationRequests, InstrumentNames.TokenRequests,
        InstrumentNames.EndpointRequests, InstrumentNames.LoginAttempts, InstrumentNames.QueryDuration, InstrumentNames.Journeys,
        InstrumentNames.QueueWait, InstrumentNames.QueueLength, InstrumentNames.QueueRefused, "db.client.connection.count",
        "dotnet.process.memory.working_set", "dotnet.gc.last_collection.heap.size", InstrumentNames.Uptime);

    private readonly Lock _lock = new();
    private readonly Queue<Moment> _moments = new();

    public static bool Keeps(string instrument) => Kept.Contains(instrument);

    public IReadOnlyList<Moment> Moments
    {
        get
        {
            lock (_lock)
                return [.. _moments];
        }
    }

    /// <summary>What fills it, step by step.</summary>
    public MetricReader MakeReader() => new PeriodicExportingMetricReader(this, (int)Step.TotalMilliseconds)
    {
        TemporalityPreference = MetricReaderTemporalityPreference.Delta,
    };

    public void Clear()
    {
        lock (_lock)
            _moments.Clear();
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var points = new List<Point>();
        foreach (var metric in batch)
        {
            if (!Keeps(metric.Name))
                continue;
            foreach (ref readonly var point in metric.GetMetricPoints())
                points.Add(Read(metric, point));
        }

        lock (_lock)
        {
            _moments.Enqueue(new Moment(time.GetUtcNow(), points));
            while (_moments.Count > Span / Step)
                _moments.Dequeue();
        }

        return ExportResult.Success;
    }

    private static Point Read(Metric metric, in MetricPoint point)
    {
        var tags = new Dictionary<string, string>();
        foreach (var (name, value) in point.Tags)
            tags[name] = value?.ToString() ?? "";
        var distribution = metric.MetricType == MetricType.Histogram ? Distribution.From(point) : null;
        return new Point(metric.Name, tags.ToFrozenDictionary(), distribution?.Count ?? metric.MetricType switch
        {
            MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
            MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
            MetricType.LongGauge => point.GetGaugeLastValueLong(),
            _ => point.GetGaugeLastValueDouble(),
        }, distribution);
    }
}
