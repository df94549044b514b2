using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.People;

/// <summary>
/// Makes an account whose person chooses the password by a link, which is told once, good for three days, and ends the one before it.
/// </summary>
internal static class InvitePerson
{
    public sealed record Command(NewPerson Person) : IRequest<Invitation>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("user invite", "Make an account, and a link by which its person chooses the password.");

        public static void Define(VerbBuilder verb)
        {
            var person = new NewPersonOptions(verb);
            verb.Sends(input => new Command(person.Of(input)),
                (made, output) => output.Say(made, $"{made.Username} chooses a password by this link, until "
                    + $"{TextTable.Spell(made.ExpiresAt)}:", made.Link));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Invitation, Invitation>(
            AdminOperation.Creation("/admin/invitations", AdminScopes.PeopleWrite, "Make an account, and a link to choose its password by"),
            (NewPerson person) => new Command(person),
            made => new AdminAnswer(made) { Location = PersonPaths.Of(made.Username) });
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => this.IsNewPerson(command => command.Person);
    }

    public sealed class Handler(Invitations invitations) : IRequestHandler<Command, Invitation>
    {
        public Task<Invitation> Handle(Command command, CancellationToken cancellationToken) =>
            invitations.InviteAsync(command.Person.Username, command.Person.Administrator, command.Person.Groups ?? [], cancellationToken);
    }
}
