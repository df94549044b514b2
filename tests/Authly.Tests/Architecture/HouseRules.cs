using System.Reflection;
using System.Text.RegularExpressions;
using Authly.Tests.Harness;
using MediatR;

namespace Authly.Tests.Architecture;

/// <summary>The rules of the house (DESIGN): held by the compiled types and by the sources.</summary>
public sealed partial class HouseRules
{
    private static readonly Type[] Types = typeof(Program).Assembly.GetTypes();
    private static readonly string Source = Path.Combine(AuthlyServer.Repository, "src", "Authly");

    public static TheoryData<string> SourceFiles => [.. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Source, file))
        .Where(file => !file.StartsWith("bin", StringComparison.Ordinal) && !file.StartsWith("obj", StringComparison.Ordinal)
            && !file.Contains("Migrations", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(SourceFiles))]
    public void A_feature_knows_no_other_feature_and_infrastructure_knows_none(string file)
    {
        var own = file.StartsWith("Features/", StringComparison.Ordinal) ? $"Authly.Features.{file.Split('/')[1]}" : null;
        foreach (var name in FeaturePattern().Matches(File.ReadAllText(Path.Combine(Source, file))).Select(match => match.Value))
            Assert.True(own is not null && name == own, $"{file} refers to {name}");
    }

    [Theory, MemberData(nameof(SourceFiles))]
    public void Only_one_file_names_instruments(string file)
    {
        if (file is "Infrastructure/Observability/Instruments.cs" or "Infrastructure/Observability/InstrumentNames.cs")
            return;
        var text = File.ReadAllText(Path.Combine(Source, file));
        const string Making =
            @"\bnew Meter\(|\.Create(Counter|Histogram|UpDownCounter|Gauge|ObservableGauge|ObservableCounter)\b|IMeterFactory";
        Assert.DoesNotMatch(Making, text);
        Assert.DoesNotMatch("\"authly[._]handler|\"authly[._]oauth", text);
    }

    [Theory, MemberData(nameof(SourceFiles))]
    public void Features_hold_no_line_of_metrics_and_handlers_no_HttpContext(string file)
    {
        if (!file.StartsWith("Features/", StringComparison.Ordinal) || file.EndsWith(".cshtml.cs", StringComparison.Ordinal))
            return;
        var text = File.ReadAllText(Path.Combine(Source, file));
        Assert.DoesNotMatch(@"Instruments|System\.Diagnostics\.Metrics|Stopwatch", text);
        // The pages' base class is the one way in that is not a slice.
        if (!file.EndsWith("AccountPage.cs", StringComparison.Ordinal))
            Assert.DoesNotContain("HttpContext", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_request_has_one_handler()
    {
        var handlers = Types.SelectMany(type => type.GetInterfaces())
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IRequestHandler<,>))
            .Select(type => type.GenericTypeArguments[0]).ToList();
        var requests = Requests().ToList();
        Assert.True(requests.Count > 15);
        Assert.Equal(requests.Order(ByName), handlers.Order(ByName));
    }

    [Fact]
    public void A_slice_is_a_static_class_that_holds_its_request_and_handler()
    {
        foreach (var request in Requests())
        {
            var slice = request.DeclaringType;
            Assert.True(slice is { IsAbstract: true, IsSealed: true }, $"{request} does not stand in a static class");
            Assert.Contains(request.Name, new[] { "Request", "Command", "Query" });
            Assert.NotNull(slice.GetNestedType("Handler"));
        }
    }

    [Theory, MemberData(nameof(SourceFiles))]
    public void No_request_object_reaches_a_log(string file)
    {
        foreach (Match log in LogPattern().Matches(File.ReadAllText(Path.Combine(Source, file))))
            Assert.DoesNotMatch(@"\b(request|command|query|message|password|secret|token|code|username|parameters)\b\s*[,)]", log.Value);
    }

    [Fact]
    public void Tags_are_enums_or_feature_names()
    {
        // Cardinality is bounded by types. A grant is one that a slice declares, a feature is a type's name, a client passes ClientLabels.
        var instruments = Types.Single(type => type.Name == "Instruments");
        foreach (var method in instruments.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            foreach (var parameter in method.GetParameters())
            {
                var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
                Assert.True(
                    type.IsEnum || type.Name == "GrantType" || type == typeof(TimeSpan)
                    || (type == typeof(int) && parameter.Name is ("rows" or "size"))
                    || (type == typeof(string) && parameter.Name is "feature" or "client"), $"{method.Name}({parameter})");
            }
        }
    }

    private static readonly Comparer<Type> ByName =
        Comparer<Type>.Create((left, right) => string.CompareOrdinal(left.FullName, right.FullName));

    private static IEnumerable<Type> Requests() => Types.Where(type => !type.IsInterface
        && type.GetInterfaces().Any(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequest<>)));

    [GeneratedRegex(@"Authly\.Features\.\w+")]
    private static partial Regex FeaturePattern();

    [GeneratedRegex(@"\bLog(Trace|Debug|Information|Warning|Error|Critical)\([^;]*;")]
    private static partial Regex LogPattern();
}
