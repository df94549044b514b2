using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Clients;

/// <summary>
/// Disables a client, which is then as if it did not exist: it gets nothing, and its tokens are inactive for as long as that lasts.
/// </summary>
internal static class SetClientDisabled
{
    public sealed record Command(string ClientId, bool IsDisabled) : IRequest<Response>;

    public sealed record Response(string ClientId, bool Disabled);

    public sealed class DisableVerb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("client disable", "Disable a client; its tokens are inactive until it is enabled.");

        public static void Define(VerbBuilder verb) => DefineAs(verb, isDisabled: true);
    }

    public sealed class EnableVerb : IVerb
    {
        public static VerbDeclaration Declaration { get; } =
            new("client enable", "Enable a client that was disabled, with its tokens that have not expired.");

        public static void Define(VerbBuilder verb) => DefineAs(verb, isDisabled: false);
    }

    public sealed class Operations : IAdminOperation
    {
        public static void Map(AdminRoutes routes)
        {
            routes.Map<Response>(
                new(HttpMethods.Post, $"{ClientPaths.One}/disable", AdminScopes.ClientsWrite, "Disable a client and its tokens",
                    "DisableClient"),
                (string client_id) => new Command(client_id, IsDisabled: true));
            routes.Map<Response>(
                new(HttpMethods.Post, $"{ClientPaths.One}/enable", AdminScopes.ClientsWrite, "Enable a client again", "EnableClient"),
                (string client_id) => new Command(client_id, IsDisabled: false));
        }
    }

    public sealed class Handler(ClientRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.SetDisabledAsync(command.ClientId, command.IsDisabled, cancellationToken);
            return new Response(command.ClientId, command.IsDisabled);
        }
    }

    private static void DefineAs(VerbBuilder verb, bool isDisabled)
    {
        var id = verb.Argument("client-id", "Which one.");
        verb.Sends(input => new Command(input.GetValue(id)!, isDisabled), (now, output) => output.Say(now,
            now.Disabled ? $"{now.ClientId} is disabled, and its tokens are inactive." : $"{now.ClientId} is enabled."));
    }
}
