using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.People;

/// <summary>
/// Makes an account with a one-time password, which is told once: whoever signs in with it chooses another. The first administrator of a
/// Production instance is made so.
/// </summary>
internal static class CreatePerson
{
    public sealed record Command(string Username, bool IsAdministrator, IReadOnlyList<string> Groups) : IRequest<OneTimePassword>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("user create", "Make an account; its one-time password is told this once.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("username", "What they sign in with.");
            var administrator = verb.Option<bool>("--administrator", "They administer this server.");
            var groups = verb.Option<string[]>("--group", "A group that they are in; repeatable.");
            verb.Sends(
                input => new Command(input.GetValue(name)!, input.GetValue(administrator), input.GetValue(groups) ?? []),
                (made, output) => output.Write(made,
                    () => [["USERNAME", "SUB", "ONE-TIME PASSWORD"], [made.Username, made.Sub.ToString(), made.Password]]));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        private sealed record Input(string Username = "", bool Administrator = false, IReadOnlyList<string>? Groups = null);

        public static void Map(AdminRoutes routes) => routes.Map<OneTimePassword, OneTimePassword>(
            AdminOperation.Creation(PersonPaths.All, AdminScopes.PeopleWrite, "Make an account; its one-time password is told this once"),
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

    public sealed class Handler(Registrar registrar) : IRequestHandler<Command, OneTimePassword>
    {
        public Task<OneTimePassword> Handle(Command command, CancellationToken cancellationToken) =>
            registrar.CreateAsync(command.Username, command.IsAdministrator, command.Groups, cancellationToken);
    }
}
