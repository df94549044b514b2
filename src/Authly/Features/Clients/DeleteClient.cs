using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Clients;

/// <summary>Deletes a client, and with it all that it was granted: its tokens are inactive at once.</summary>
internal static class DeleteClient
{
    public sealed record Command(string ClientId) : IRequest<Response>;

    public sealed record Response(string ClientId);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("client delete", "Delete a client with all that it was granted.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Argument("client-id", "Which one.");
            verb.Sends(input => new Command(input.GetValue(id)!),
                (deleted, output) => output.Say(deleted, $"Deleted {deleted.ClientId}, and all that it was granted."));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            AdminOperation.Deletion(ClientPaths.One, AdminScopes.ClientsWrite, "Delete a client with all that it was granted"),
            (string client_id) => new Command(client_id));
    }

    public sealed class Handler(ClientRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.DeleteAsync(command.ClientId, cancellationToken);
            return new Response(command.ClientId);
        }
    }
}
