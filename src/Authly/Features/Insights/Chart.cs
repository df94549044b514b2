using System.Globalization;

namespace Authly.Features.Insights;

/// <summary>A picture, with what its axis counts.</summary>
internal abstract record Chart(string Title, string Unit)
{
    public string Id => Title.ToLowerInvariant().Replace(' ', '-');

    /// <summary>A number as people read it: three digits that count.</summary>
    public static string Format(double? value) => value switch
    {
        null => "–",
        >= 100 => Math.Round(value.Value).ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}

/// <summary>How often each thing happened.</summary>
internal sealed record Bars(string Title, string Unit, IReadOnlyList<Bar> All) : Chart(Title, Unit)
{
    public double Most => Math.Max(1, All.Select(bar => bar.Value).DefaultIfEmpty().Max());
}

internal sealed record Bar(string Name, double Value);

/// <summary>Values over the last 15 minutes, drawn in a box of 360 by 110.</summary>
internal sealed record Lines(string Title, string Unit, IReadOnlyList<Line> All) : Chart(Title, Unit)
{
    public const int Width = 360, Height = 110;

    private static readonly int[] RoundSteps = [1, 2, 5, 10];

    /// <summary>The axis ends at the next 1, 2 or 5 of a power of ten, so that its ticks are round.</summary>
    public double Top
    {
        get
        {
            var most = All.SelectMany(line => line.Values).Max() ?? 0;
            if (most <= 0)
                return 1;
            var power = Math.Pow(10, Math.Floor(Math.Log10(most)));
            return RoundSteps.Select(step => step * power).First(top => top >= most);
        }
    }

    /// <summary>The points of a line, in stretches without a gap.</summary>
    public IEnumerable<string> Stretches(Line line)
    {
        var top = Top;
        var stretch = new List<string>();
        for (var index = 0; index <= line.Values.Count; index++)
        {
            if (index < line.Values.Count && line.Values[index] is { } value)
            {
                stretch.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(double)Width * index / (line.Values.Count - 1):0.#},{Height - (Height * value / top):0.#}"));
            }
            else if (stretch.Count > 0)
            {
                yield return string.Join(' ', stretch);
                stretch.Clear();
            }
        }
    }

    /// <summary>One row a minute, the newest first: the last value of each line in that minute.</summary>
    public IEnumerable<(string Minute, IReadOnlyList<double?> Values)> Rows() =>
        from minute in Enumerable.Range(0, 15)
        let values = All.Select(line => line.Values[^(1 + (minute * line.Values.Count / 15))]).ToList()
        where values.Any(value => value is not null)
        select (minute == 0 ? "now" : $"{minute} min ago", (IReadOnlyList<double?>)values);
}

internal sealed record Line(string Name, IReadOnlyList<double?> Values);
