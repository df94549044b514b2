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
    public sealed record Command(string Username, bool IsAdministrator, IReadOnlyList<string> Groups) : IRequest<Invitation>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("user invite", "Make an account, and a link by which its person chooses the password.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("username", "What they sign in with; again for another link, while they have not come.");
            var administrator = verb.Option<bool>("--administrator", "They administer this server.");
            var groups = verb.Option<string[]>("--group", "A group that they are in; repeatable.");
            verb.Sends(
                input => new Command(input.GetValue(name)!, input.GetValue(administrator), input.GetValue(groups) ?? []),
                (made, output) => output.Say(made, $"{made.Username} chooses a password by this link, until "
                    + $"{TextTable.Spell(made.ExpiresAt)}:", made.Link));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        private sealed record Input(string Username = "", bool Administrator = false, IReadOnlyList<string>? Groups = null);

        public static void Map(AdminRoutes routes) => routes.Map<Invitation, Invitation>(
            AdminOperation.Creation("/admin/invitations", AdminScopes.PeopleWrite, "Make an account, and a link to choose its password by"),
            (Input person) => new Command(person.Username, person.Administrator, person.Groups ?? []),
            made => new AdminAnswer(made) { Location = PersonPaths.Of(made.Username) });
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleFor(command => command.Username).IsUsername();
            RuleForEach(command => command.Groups).IsGroup();
        }
    }

    public sealed class Handler(Invitations invitations) : IRequestHandler<Command, Invitation>
    {
        public Task<Invitation> Handle(Command command, CancellationToken cancellationToken) =>
            invitations.InviteAsync(command.Username, command.IsAdministrator, command.Groups, cancellationToken);
    }
}
