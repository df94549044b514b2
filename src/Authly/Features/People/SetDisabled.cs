using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.People;

/// <summary>Disables an account, whose sessions and tokens end at once, or lets it in again.</summary>
internal static class SetDisabled
{
    public sealed record Command(string Username, bool IsDisabled) : IRequest<Response>;

    public sealed record Response(string Username, bool Disabled);

    public sealed class DisableVerb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("user disable", "Disable an account; its sessions and tokens end at once.");

        public static void Define(VerbBuilder verb) => DefineAs(verb, isDisabled: true);
    }

    public sealed class EnableVerb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("user enable", "Let an account in again that was disabled.");

        public static void Define(VerbBuilder verb) => DefineAs(verb, isDisabled: false);
    }

    public sealed class Operations : IAdminOperation
    {
        public static void Map(AdminRoutes routes)
        {
            routes.Map<Response>(
                new(HttpMethods.Post, $"{PersonPaths.One}/disable", AdminScopes.PeopleWrite, "Disable an account, its sessions and tokens",
                    "DisablePerson"),
                (string username) => new Command(username, IsDisabled: true));
            routes.Map<Response>(
                new(HttpMethods.Post, $"{PersonPaths.One}/enable", AdminScopes.PeopleWrite, "Let an account in again", "EnablePerson"),
                (string username) => new Command(username, IsDisabled: false));
        }
    }

    public sealed class Handler(Registrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.SetDisabledAsync(command.Username, command.IsDisabled, cancellationToken);
            return new Response(command.Username, command.IsDisabled);
        }
    }

    private static void DefineAs(VerbBuilder verb, bool isDisabled)
    {
        var name = verb.Argument("username", "Whose.");
        verb.Sends(input => new Command(input.GetValue(name)!, isDisabled), (now, output) => output.Say(now,
            now.Disabled ? $"{now.Username} is disabled, and signed out everywhere." : $"{now.Username} may sign in again."));
    }
}
