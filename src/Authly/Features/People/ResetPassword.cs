using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.People;

/// <summary>
/// Gives a person a new one-time password, which is told once, in the place of whatever they had; sessions and tokens from before end.
/// </summary>
internal static class ResetPassword
{
    public sealed record Command(string Username) : IRequest<OneTimePassword>;

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("user reset", "Replace a password by a one-time password; sessions and tokens from before end.");

        public static void Define(VerbBuilder verb)
        {
            var name = verb.Argument("username", "Whose.");
            verb.Sends(input => new Command(input.GetValue(name)!), (made, output) => output.Write(made,
                () => [["USERNAME", "SUB", "ONE-TIME PASSWORD"], [made.Username, made.Sub.ToString(), made.Password]]));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<OneTimePassword>(
            new(HttpMethods.Post, $"{PersonPaths.One}/reset-password", AdminScopes.PeopleWrite, "Replace it by a one-time password"),
            (string username) => new Command(username));
    }

    public sealed class Handler(Registrar registrar) : IRequestHandler<Command, OneTimePassword>
    {
        public Task<OneTimePassword> Handle(Command command, CancellationToken cancellationToken) =>
            registrar.ResetAsync(command.Username, cancellationToken);
    }
}
