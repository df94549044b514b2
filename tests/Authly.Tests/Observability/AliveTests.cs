using System.Text.Json;
using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Observability;

/// <summary>Nothing that we tell people to look at is dead: a real Prometheus has a sample for it.</summary>
[Collection(nameof(Observatory))]
public sealed partial class AliveTests(Observatory observatory)
{
    [Fact(Skip = Observatory.Missing, SkipUnless = nameof(Observatory.IsPossible), SkipType = typeof(Observatory))]
    public async Task Every_rule_loads_and_every_recorded_name_has_a_sample()
    {
        var rules = await observatory.Prometheus.RulesAsync();
        Assert.True(rules.Count > 30);
        Assert.All(rules, rule => Assert.Null(rule.Error));
        await AssertAliveAsync(rules.Where(rule => !rule.Alerts).Select(rule => rule.Name).Distinct());
    }

    [Fact(Skip = Observatory.Missing, SkipUnless = nameof(Observatory.IsPossible), SkipType = typeof(Observatory))]
    public async Task Every_metric_that_an_alert_watches_exists() =>
        await AssertAliveAsync((await observatory.Prometheus.RulesAsync())
            .Where(rule => rule.Alerts).SelectMany(rule => MetricsOf(rule.Expression)).Distinct());

    [Fact(Skip = Observatory.Missing, SkipUnless = nameof(Observatory.IsPossible), SkipType = typeof(Observatory))]
    public async Task Every_query_of_every_panel_has_a_sample()
    {
        var expressions = Directory.EnumerateFiles(Path.Combine(AuthlyServer.Repository, "grafana", "dashboards"), "*.json")
            .SelectMany(file => Expressions(JsonDocument.Parse(File.ReadAllText(file)).RootElement)).ToList();
        Assert.True(expressions.Count > 40);
        await AssertAliveAsync(expressions);
    }

    [Fact(Skip = Observatory.Missing, SkipUnless = nameof(Observatory.IsPossible), SkipType = typeof(Observatory))]
    public async Task Every_query_in_the_documents_has_a_sample()
    {
        var queries = Directory.EnumerateFiles(Path.Combine(AuthlyServer.Repository, "docs"), "*.md")
            .SelectMany(file => PromqlBlock().Matches(File.ReadAllText(file)))
            .SelectMany(block => block.Groups[1].Value
                .Split("\n\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.True(queries.Count > 20);
        await AssertAliveAsync(queries);
    }

    /// <summary>A sample that is not a number is no sample: a quantile of nothing, a ratio of zeros.</summary>
    private async Task AssertAliveAsync(IEnumerable<string> expressions)
    {
        var dead = new List<string>();
        foreach (var expression in expressions)
        {
            var filled = expression.Replace("$job", "authly", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal)
                .Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$__range", "5m", StringComparison.Ordinal);
            if (!(await observatory.Prometheus.QueryAsync(filled)).Any(double.IsFinite))
                dead.Add(expression);
        }

        Assert.Empty(dead);
    }

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property is { Name: "expr", Value.ValueKind: JsonValueKind.String }
                ? [property.Value.GetString()!]
                : Expressions(property.Value)),
        _ => [],
    };

    private static IEnumerable<string> MetricsOf(string expression) =>
        Name().Matches(Selectors().Replace(expression, " ")).Select(match => match.Value)
            .Where(name => name is not ("and" or "or" or "offset" or "unless" or "bool"));

    [GeneratedRegex("```promql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PromqlBlock();

    // Label matchers, durations, and the labels that an aggregation keeps.
    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)")]
    private static partial Regex Selectors();

    [GeneratedRegex(@"(?<![\w.:])[a-zA-Z_:][\w:]*(?!\s*\()\b(?!\s*\()")]
    private static partial Regex Name();
}
