using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.People;

/// <summary>Deletes an account with its sessions, tokens and consents; the audit log keeps what it has of its subject.</summary>
internal static class DeletePerson
{
    public sealed record Command(string Username) : IRequest<Response>;

    public sealed record Response(string Username);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("user delete", "Delete an account with its sessions and tokens.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("username", "Whose.");
            verb.Sends(input => new Command(input.GetValue(name)!),
                (deleted, output) => output.Say(deleted, $"Deleted {deleted.Username}."));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            AdminOperation.Deletion(PersonPaths.One, AdminScopes.PeopleWrite, "Delete an account with its sessions and tokens"),
            (string username) => new Command(username));
    }

    public sealed class Handler(Registrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.DeleteAsync(command.Username, cancellationToken);
            return new Response(command.Username);
        }
    }
}
