using OpenTelemetry.Metrics;

namespace Authly.Infrastructure.Observability;

/// <summary>The buckets of a histogram: how many values fell at or under each bound, the last bound being infinity.</summary>
internal sealed record Distribution(IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, double Sum)
{
    public static readonly Distribution Empty = new([], [], 0);

    public long Count => Counts.Sum();

    public static Distribution From(in MetricPoint point)
    {
        List<double> bounds = [];
        List<long> counts = [];
        foreach (var bucket in point.GetHistogramBuckets())
        {
            bounds.Add(bucket.ExplicitBound);
            counts.Add(bucket.BucketCount);
        }

        return new Distribution(bounds, counts, point.GetHistogramSum());
    }

    /// <summary>Both together; they must be of one instrument.</summary>
    public static Distribution operator +(Distribution left, Distribution right) =>
        left.Counts.Count == 0 ? right : right.Counts.Count == 0 ? left
            : left with { Counts = [.. left.Counts.Zip(right.Counts, (one, other) => one + other)], Sum = left.Sum + right.Sum };

    /// <summary>
    /// The value that a share of all values does not exceed, interpolated within its bucket as Prometheus does; null without values.
    /// </summary>
    public double? Quantile(double share)
    {
        var rank = share * Count;
        double below = 0, lower = 0;
        for (var index = 0; index < Counts.Count; index++)
        {
            if (Counts[index] > 0 && below + Counts[index] >= rank)
                return double.IsPositiveInfinity(Bounds[index]) ? lower
                    : lower + ((Bounds[index] - lower) * (rank - below) / Counts[index]);
            below += Counts[index];
            lower = Bounds[index];
        }

        return null;
    }
}
