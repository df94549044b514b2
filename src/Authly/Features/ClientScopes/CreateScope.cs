using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.ClientScopes;

/// <summary>Registers a scope (RFC 6749 §3.3), which clients may then be given.</summary>
internal static class CreateScope
{
    public sealed record Command(ScopeMetadata Scope) : IRequest<ScopeMetadata>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("scope create", "Register a scope.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("name", "As clients ask for it, as in orders:read.");
            var options = new ScopeOptions(verb);
            verb.Sends(input => new Command(options.Change(new ScopeMetadata { Name = input.GetValue(name)! }, input)),
                (made, output) => output.Say(made, $"Registered {made.Name}."));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<ScopeMetadata, ScopeMetadata>(
            AdminOperation.Creation(ScopePaths.All, AdminScopes.ScopesWrite, "Register a scope"),
            (ScopeMetadata scope) => new Command(scope), made => new AdminAnswer(made) { Location = ScopePaths.Of(made.Name) });
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command.Scope).IsValidMetadata();
    }

    public sealed class Handler(ScopeRegistrar registrar) : IRequestHandler<Command, ScopeMetadata>
    {
        public async Task<ScopeMetadata> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.CreateAsync(command.Scope, cancellationToken);
            return command.Scope;
        }
    }
}
