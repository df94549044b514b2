using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.Grants;

/// <summary>
/// Ends grants with all their tokens, which are inactive at once: one, all of a person, all of a client, or of the one to the other. What
/// people allowed is remembered still: where they sign in again, they are not asked.
/// </summary>
internal static class RevokeGrants
{
    public sealed record Command(Guid? Id, string? Username, string? ClientId) : IRequest<Response>;

    /// <param name="Revoked">How many were still valid.</param>
    public sealed record Response(int Revoked);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("grant revoke", "End grants with all their tokens.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Option<Guid?>("--id", "One grant.");
            var user = verb.Option<string?>("--user", "All that a person granted.");
            var client = verb.Option<string?>("--client", "All that a client holds, what it was given for itself too.");
            verb.Sends(input => new Command(input.GetValue(id), input.GetValue(user), input.GetValue(client)),
                (done, output) => output.Say(done, $"Revoked {done.Revoked}."));
        }
    }

    public sealed class Operations : IAdminOperation
    {
        public static void Map(AdminRoutes routes)
        {
            routes.Map<Response>(
                new(HttpMethods.Delete, "/admin/grants/{id}", AdminScopes.GrantsWrite, "End a grant with all its tokens", "RevokeGrant"),
                (Guid id) => new Command(id, Username: null, ClientId: null));
            routes.Map<Response>(
                new(HttpMethods.Delete, "/admin/grants", AdminScopes.GrantsWrite, "End those of a person, a client, or between both"),
                (string? username, string? client_id) => new Command(Id: null, username, client_id));
        }
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command)
            .Must(command => command.Id is not null ^ (command.Username is not null || command.ClientId is not null))
            .WithMessage("Say which: one by its id, or those of a person, a client or both.");
    }

    public sealed class Handler(AccessRevoker revoker) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken) => new(command.Id is { } id
            ? await revoker.RevokeGrantAsync(id, cancellationToken)
            : await revoker.RevokeGrantsAsync(command.Username, command.ClientId, cancellationToken));
    }
}
