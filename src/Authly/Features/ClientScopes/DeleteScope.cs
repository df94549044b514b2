using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.ClientScopes;

/// <summary>Deletes a scope: it falls out of what clients may ask for, and out of what they hold when they refresh it.</summary>
internal static class DeleteScope
{
    public sealed record Command(string Name) : IRequest<Response>;

    public sealed record Response(string Name);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("scope delete", "Delete a scope; no token gets it any more.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("name", "Which one.");
            verb.Sends(input => new Command(input.GetValue(name)!), (deleted, output) => output.Say(deleted, $"Deleted {deleted.Name}."));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            AdminOperation.Deletion(ScopePaths.One, AdminScopes.ScopesWrite, "Delete a scope; no token gets it any more"),
            (string name) => new Command(name));
    }

    public sealed class Handler(ScopeRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.DeleteAsync(command.Name, cancellationToken);
            return new Response(command.Name);
        }
    }
}
