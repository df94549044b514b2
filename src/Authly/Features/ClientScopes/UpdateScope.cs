using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.ClientScopes;

/// <summary>Makes a scope all that is said of it. Of two who change it at once the second is told.</summary>
internal static class UpdateScope
{
    /// <param name="Version">The scope's, as it was read with the metadata that this changes.</param>
    public sealed record Command(ScopeMetadata Scope, string Version) : IRequest<ScopeMetadata>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("scope update", "Change a scope; what is not given stays.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("name", "Which one.");
            var options = new ScopeOptions(verb);
            verb.Sends<ScopeMetadata>(async (input, mediator, cancellationToken) =>
            {
                var read = await mediator.Send(new GetScope.Query(input.GetValue(name)!), cancellationToken);
                return new Command(options.Change(read.Scope, input), read.Version);
            }, (changed, _, output) => output.Say(changed, $"Changed {changed.Name}."));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<ScopeMetadata>(
            new(HttpMethods.Put, ScopePaths.One, AdminScopes.ScopesWrite, "Make a scope all that is said of it"),
            (string name, ScopeMetadata scope, AdminVersion version) => new Command(
                scope.Name.Length > 0 && scope.Name != name
                    ? throw new RefusedException(Refusal.Wrong("name", "is another one than in the URL."))
                    : scope with { Name = name }, version.Required));
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command.Scope).IsValidMetadata();
    }

    public sealed class Handler(ScopeRegistrar registrar) : IRequestHandler<Command, ScopeMetadata>
    {
        public async Task<ScopeMetadata> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.UpdateAsync(command.Scope, command.Version, cancellationToken);
            return command.Scope;
        }
    }
}
