using Authly.Infrastructure.Hosting.Diagnoses;
using Authly.Infrastructure.Observability;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Looks at a set-up as its operator would: configuration, database, keys, clock, network. Says of each what it found and how to mend it,
/// and changes nothing. Exit code 1: there is a fault.
/// </summary>
internal sealed class DoctorCommand : IVerb
{
    public static VerbDeclaration Declaration { get; } =
        new("doctor", "Say what is wrong with the set-up, and how to mend it; exit code 1 where there is a fault.");

    public static void Define(VerbBuilder verb)
    {
        var format = verb.Option("--output", "How to tell it: a table for people, or json for programs.", OutputFormat.Table);
        verb.Runs(async (program, input, cancellationToken) =>
        {
            var findings = await ExamineAsync(program(), cancellationToken);
            new CommandOutput(input.GetValue(format)).Write(new { findings }, () =>
            [
                ["CHECK", "VERDICT", "WHAT", "HOW TO MEND IT"],
                .. findings.Select(finding => new[]
                {
                    finding.Check, Label<Verdict>.Of(finding.Verdict), finding.What, finding.Remedy ?? "",
                }),
            ]);
            return findings.Any(finding => finding.Verdict == Verdict.Fault) ? 1 : 0;
        });
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(CommandHost program, CancellationToken cancellationToken)
    {
        WebApplication app;
        try
        {
            app = program.Build();
        }
        catch (Exception exception) when (exception is not HostAbortedException)
        {
            return [.. StartFaults.Of(exception).Select(fault =>
                new Finding("configuration", Verdict.Fault, fault, "Every setting is described in docs/configuration.md."))];
        }

        await using (app)
        {
            await using var scope = app.Services.CreateAsyncScope();
            List<Finding> findings = [new Finding("configuration", Verdict.Ok, "All settings can be read.")];
            findings.AddRange(await DatabaseDiagnosis.MakeAsync(scope.ServiceProvider, cancellationToken));
            findings.AddRange(ListeningDiagnosis.Make(program.Builder.Configuration, scope.ServiceProvider));
            findings.AddRange(await ReachingDiagnosis.MakeAsync(scope.ServiceProvider, cancellationToken));
            return findings;
        }
    }
}
