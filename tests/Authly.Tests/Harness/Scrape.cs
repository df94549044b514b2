namespace Authly.Tests.Harness;

/// <summary>What <c>/metrics</c> answered.</summary>
public sealed record Scrape(string Text)
{
    /// <summary>The sum of the series with these labels; 0 where there is none.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) => Text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is '{' or ' ')
        .Where(line => labels.All(label => line.Contains($"{label.Label}=\"{label.Value}\"", StringComparison.Ordinal)))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], provider: null));
}
