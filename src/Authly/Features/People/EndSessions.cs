using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.People;

/// <summary>Ends a session, or all of a person: the browser has to sign in again. Tokens stay; <c>grant revoke</c> ends those.</summary>
internal static class EndSessions
{
    public sealed record Command(Guid? Sid, string? Username) : IRequest<Response>;

    /// <param name="Ended">How many there were.</param>
    public sealed record Response(int Ended);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("session end", "End a session, or all of a person.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Option<Guid?>("--id", "One session.");
            var user = verb.Option<string?>("--user", "All of a person.");
            verb.Sends(input => new Command(input.GetValue(id), input.GetValue(user)),
                (done, output) => output.Say(done, $"Ended {done.Ended}."));
        }
    }

    public sealed class Operations : IAdminOperation
    {
        public static void Map(AdminRoutes routes)
        {
            routes.Map<Response>(new(HttpMethods.Delete, "/admin/sessions/{sid}", AdminScopes.GrantsWrite, "End a session", "EndSession"),
                (Guid sid) => new Command(sid, Username: null));
            routes.Map<Response>(new(HttpMethods.Delete, "/admin/sessions", AdminScopes.GrantsWrite, "End all sessions of a person"),
                (string? username) => new Command(Sid: null, username));
        }
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command).Must(command => command.Sid is not null ^ command.Username is not null)
            .WithMessage("Say which: one by its id, or all of a person.");
    }

    public sealed class Handler(AccessRevoker revoker) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken) =>
            new(await revoker.EndSessionsAsync(command.Sid, command.Username, cancellationToken));
    }
}
