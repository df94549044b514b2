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
    public sealed record Command(NewPerson Person) : IRequest<OneTimePassword>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("user create", "Make an account; its one-time password is told this once.");

        public static void Define(VerbBuilder verb)
        {
            var person = new NewPersonOptions(verb);
            verb.Sends(input => new Command(person.Of(input)),
                (made, output) => output.Write(made,
                    () => [["USERNAME", "SUB", "ONE-TIME PASSWORD"], [made.Username, made.Sub.ToString(), made.Password]]));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<OneTimePassword, OneTimePassword>(
            AdminOperation.Creation(PersonPaths.All, AdminScopes.PeopleWrite, "Make an account; its one-time password is told this once"),
            (NewPerson person) => new Command(person),
            made => new AdminAnswer(made) { Location = PersonPaths.Of(made.Username) });
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => this.IsNewPerson(command => command.Person);
    }

    public sealed class Handler(Registrar registrar) : IRequestHandler<Command, OneTimePassword>
    {
        public Task<OneTimePassword> Handle(Command command, CancellationToken cancellationToken) =>
            registrar.CreateAsync(command.Person.Username, command.Person.Administrator, command.Person.Groups ?? [], cancellationToken);
    }
}
