using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;
using FluentValidation;
using MediatR;

namespace Authly.Features.Configuration;

/// <summary>
/// Makes clients, scopes and people what a file says, all of it or nothing, and tells the difference. Clients' metadata by RFC 7591 §2.
/// </summary>
internal static class ApplyConfiguration
{
    public sealed record Command(SeedFile File, bool IsDryRun, bool Prunes) : IRequest<Applied>;

    public sealed class Verb : IVerb
    {
        private const int DiffersExitCode = 2;

        private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public static VerbDeclaration Declaration { get; } =
            new("apply", "Make clients, scopes and people what a file says, and tell the difference.");

        public static void Define(VerbBuilder verb)
        {
            var path = verb.Option<string>("--file", "YAML or JSON; - is the standard input.");
            path.Aliases.Add("-f");
            path.Required = true;
            var isDryRun = verb.Option<bool>("--dry-run", "Tell the difference only; exit code 2 where there is one.");
            var prunes = verb.Option<bool>("--prune", "Delete the clients and scopes that a file made before and this one does not name.");
            verb.Sends(input => new Command(Read(input.GetValue(path)!), input.GetValue(isDryRun), input.GetValue(prunes)),
                (applied, input, output) =>
                {
                    output.Say(applied, Describe(applied, input.GetValue(isDryRun)));
                    output.ExitCode = input.GetValue(isDryRun) && applied.Differences.Count > 0 ? DiffersExitCode : 0;
                });
        }

        private static SeedFile Read(string path) =>
            SeedFile.Read(path == "-" ? Console.In.ReadToEnd() : SeedFile.ReadText(path, path), path == "-" ? "The input" : path);

        private static IEnumerable<string> Describe(Applied applied, bool isDryRun)
        {
            foreach (var difference in applied.Differences)
            {
                yield return $"{Label<Change>.Of(difference.Change)} {difference.Kind} {difference.Name}";
                foreach (var (member, before, after) in difference.Members)
                    yield return before is null && after is null ? $"    {member} is another one"
                        : difference.Change == Change.Create ? $"    {member}: {Spell(after)}"
                        : $"    {member}: {Spell(before)} -> {Spell(after)}";
            }

            foreach (var (clientId, secret) in applied.Secrets)
                yield return $"client_secret of {clientId}, told this once: {secret}";
            var count = applied.Differences.Count;
            yield return count == 0 ? "Nothing to do." : isDryRun ? $"{count} to do." : $"{count} done.";
        }

        private static string Spell(JsonNode? value) => value?.ToJsonString(OneLine) ?? "(default)";
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Applied>(
            new(HttpMethods.Post, "/admin/configuration", AdminScopes.ClientsWrite, "Make clients, scopes and people what a file says")
            {
                MostBytes = AdminOperation.FileBytes,
            },
            (SeedFile file, bool? dry_run, bool? prune) => new Command(file, dry_run ?? false, prune ?? false));
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command.File).Custom((file, context) =>
        {
            foreach (var failure in new SeedValidator().Validate(file).Errors)
                context.AddFailure(failure.PropertyName, $"{failure.PropertyName} {failure.ErrorMessage}.");
        });
    }

    public sealed class Handler(Reconciliation reconciliation, Actor actor) : IRequestHandler<Command, Applied>
    {
        public Task<Applied> Handle(Command command, CancellationToken cancellationToken)
        {
            // Threat: a file makes administrators, and clients that may do all.
            actor.RequireAll(AdminScopes.All.Keys);
            return reconciliation.ApplyAsync(
                command.File, new ApplyMode(ActorKind.Operator, command.IsDryRun, command.Prunes), cancellationToken);
        }
    }
}
