using Authly.Infrastructure.Observability;

namespace Authly.Features.Insights;

/// <summary>The last 15 minutes in slots of ten seconds, the newest last; a slot that the process had not lived yet is null.</summary>
internal sealed class Recent
{
    private const int SlotSeconds = 10;
    private static readonly int Slots = (int)(History.Span.TotalSeconds / SlotSeconds);

    private readonly List<Moment>[] _slots = [.. Enumerable.Range(0, Slots).Select(_ => new List<Moment>())];

    public Recent(IReadOnlyList<Moment> moments, DateTimeOffset now)
    {
        foreach (var moment in moments)
        {
            var slot = Slots - 1 - (int)((now - moment.At).TotalSeconds / SlotSeconds);
            if (slot >= 0 && slot < Slots)
                _slots[slot].Add(moment);
        }

        // The newest slot may have begun a moment ago and hold nothing yet: then the one before is the newest.
        if (_slots[^1].Count == 0)
            _slots = [[], .. _slots[..^1]];
    }

    /// <summary>What counters or histograms gained, in each slot: events per so many seconds.</summary>
    public IReadOnlyList<double?> Rate(Func<Point, bool> which, int perSeconds = 1) => Each(slot =>
        slot.SelectMany(moment => moment.Points).Where(which)
            .Sum(point => point.Value) * perSeconds / (slot.Count * History.Step.TotalSeconds));

    /// <summary>What a gauge showed last in each slot, over a unit.</summary>
    public IReadOnlyList<double?> Last(string instrument, double unit = 1, Func<Point, bool>? which = null) => Each(slot =>
    {
        var points = slot[^1].Points.Where(point => point.Instrument == instrument && which?.Invoke(point) != false).ToList();
        return points.Count == 0 ? null : points.Sum(point => point.Value) / unit;
    });

    /// <summary>The values of histograms in each slot.</summary>
    public IReadOnlyList<Distribution?> Distributions(Func<Point, bool> which) => [.. _slots.Select(slot => slot.Count == 0 ? null
        : slot.SelectMany(moment => moment.Points).Where(which).Aggregate(Distribution.Empty, (sum, point) => sum + point.Distribution!))];

    public double Total(Func<Point, bool> which) =>
        _slots.SelectMany(slot => slot).SelectMany(moment => moment.Points).Where(which).Sum(point => point.Value);

    /// <summary>Totals by the value of a tag, the largest first.</summary>
    public IEnumerable<Bar> Totals(Func<Point, bool> which, string tag) =>
        _slots.SelectMany(slot => slot).SelectMany(moment => moment.Points).Where(which)
        .GroupBy(point => point.Tags[tag]).Select(group => new Bar(group.Key, group.Sum(point => point.Value))).Where(bar => bar.Value > 0)
            .OrderByDescending(bar => bar.Value);

    private double?[] Each(Func<List<Moment>, double?> value) => [.. _slots.Select(slot => slot.Count == 0 ? null : value(slot))];
}
