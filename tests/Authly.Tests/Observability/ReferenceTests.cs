using System.Text.RegularExpressions;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Authly.Tests.Harness;
using MediatR;

namespace Authly.Tests.Observability;

/// <summary>
/// The tables of <c>docs/metrics.md</c> are generated from what a scrape shows and from the enums that labels are made of. To write them
/// anew: <c>AUTHLY_WRITE_DOCS=true dotnet test --filter FullyQualifiedName~ReferenceTests</c>.
/// </summary>
[Collection(nameof(Observatory))]
public sealed partial class ReferenceTests(Observatory observatory)
{
    private static readonly string Path = System.IO.Path.Combine(AuthlyServer.Repository, "docs", "metrics.md");

    [Fact(Skip = Observatory.Missing, SkipUnless = nameof(Observatory.IsPossible), SkipType = typeof(Observatory))]
    public void The_reference_names_every_metric_as_it_is_exported()
    {
        var families = HelpLine().Matches(observatory.Last.Text).Select(match => (Name: match.Groups[1].Value, Help: match.Groups[2].Value))
            .Where(family => family.Name.StartsWith("authly_", StringComparison.Ordinal) || family.Name == "process_start_time_seconds")
            .OrderBy(family => family.Name, StringComparer.Ordinal);
        AssertSection("metrics", "| name | labels | kind | what it says |\n|---|---|---|---|\n" + string.Concat(families.Select(family =>
            $"| `{family.Name}` | {Quoted(LabelsOf(family.Name))} | {TypeOf(family.Name)} | {family.Help} |\n")));
    }

    [Fact]
    public void The_reference_names_every_value_of_every_label()
    {
        (string Label, IEnumerable<string> Values)[] labels =
        [
            ("feature", typeof(Program).Assembly.GetTypes()
                .Where(type => type.GetInterfaces()
                    .Any(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequest<>)))
                .Select(type => type.DeclaringType!.Name).Order(StringComparer.Ordinal)),
            ("outcome", Names<HandlerOutcome>()), ("outcome of a password hash", Names<PasswordHashOutcome>()),
            ("error, status", Enum.GetValues<ProtocolError>().Select(error => error.Name())),
            ("status of an authorization request, beside success and errors", Names<AuthorizationStep>().Where(step => step != "ended")),
            ("grant_type", Declared.Grants.Select(grant => grant.Declaration.Label).Prepend(GrantType.Other).Select(grant => grant.Name)),
            ("response_type", Names<ResponseType>()),
            ("endpoint", Names<OAuthEndpoint>().Except(["authorization", "token"])), ("token_type", Names<TokenKind>()),
            ("method", Names<LoginMethod>()),
            ("status of a sign-in", Names<LoginStatus>()), ("reason", Names<LoginFailure>()),
            ("operation on a password", Names<PasswordOperation>()), ("event_type", Names<SecurityEventType>()),
            ("severity", Names<Severity>()), ("outcome of an audit event", Names<AuditWrite>()), ("auth_method", Names<ClientAuthMethod>()),
            ("outcome of a client authentication", Names<ClientAuthOutcome>()),
            ("status of an introspection, beside errors", Names<IntrospectedToken>()), ("decision", Names<ConsentDecision>()),
            ("state of a person", Names<UserState>()), ("queue", Names<QueueName>()),
            ("endpoint of a rate limit", Names<RateLimitedEndpoint>()), ("backend", Names<RateLimitBackend>()),
            ("kind of throttling", Names<ThrottleKind>()),
            ("interaction", Names<JourneyPages>()), ("outcome of a journey", Names<JourneyOutcome>()), ("window", Names<ActivityWindow>()),
            ("source", Names<ChangeSource>()), ("outcome of a job", Names<JobOutcome>()),
            ("operation on the database", Names<DatabaseOperation>()),
            ("status of a database command", Names<DatabaseStatus>()), ("cache", Names<Cache>()),
            ("status of a cache operation", Names<CacheStatus>()), ("phase", Names<StartupPhase>()), ("job", Names<BackgroundJob>()),
            ("table of deleted rows", Names<PrunedTable>()),
        ];
        AssertSection("labels", "| label | values |\n|---|---|\n" + string.Concat(labels.Select(label =>
            $"| {label.Label} | {Quoted(label.Values.Distinct())} |\n")));
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static IEnumerable<string> Names<T>() where T : struct, Enum => Enum.GetValues<T>().Select(Label<T>.Of);

    private IEnumerable<string> LabelsOf(string family) => observatory.Last.Text.Split('\n')
        .Where(line => Regex.IsMatch(line, $@"^{family}(_bucket|_sum|_count)?[{{ ]"))
        .SelectMany(line => LabelName().Matches(line).Select(match => match.Groups[1].Value))
        .Where(label => label != "le").Distinct().Order(StringComparer.Ordinal);

    private string TypeOf(string family) =>
        Regex.Match(observatory.Last.Text, $"^# TYPE {family} (\\w+)", RegexOptions.Multiline).Groups[1].Value;

    private static void AssertSection(string name, string expected)
    {
        var text = File.ReadAllText(Path);
        var section = new Regex($"(<!-- generated: {name} -->\n).*?(<!-- end -->)", RegexOptions.Singleline);
        if (Environment.GetEnvironmentVariable("AUTHLY_WRITE_DOCS") == "true")
            File.WriteAllText(Path, section.Replace(text, match => match.Groups[1].Value + expected + match.Groups[2].Value));
        else
            Assert.Equal(expected, section.Match(text).Value.Split('\n', 2)[1].Replace("<!-- end -->", "", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^# HELP (\S+) (.*)$", RegexOptions.Multiline)]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"[{,](\w+)=""")]
    private static partial Regex LabelName();
}
