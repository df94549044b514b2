using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.Clients;

/// <summary>
/// Makes a client all that its metadata says (RFC 7592 §2.2); its secret stays. Of two who change it at once the second is told.
/// </summary>
internal static class UpdateClient
{
    /// <param name="Version">The client's, as it was read with the metadata that this changes.</param>
    public sealed record Command(ClientMetadata Client, string Version) : IRequest<Response>
    {
        /// <summary>Of all that is said of a client.</summary>
        /// <exception cref="RefusedException">It says another id: 400.</exception>
        public static Command Of(string clientId, ClientMetadata client, string version) =>
            client.ClientId.Length > 0 && client.ClientId != clientId
                ? throw new RefusedException(Refusal.Wrong("client_id", "is another one than is changed."))
                : new(client with { ClientId = clientId }, version);
    }

    public sealed record Response(string ClientId);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("client update", "Change a client; what is not given stays.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Argument("client-id", "Which one.");
            var options = new ClientOptions(verb);
            verb.Sends<Response>(async (input, mediator, cancellationToken) =>
            {
                var read = await mediator.Send(new GetClient.Query(input.GetValue(id)!), cancellationToken);
                return new Command(options.Change(read.Client, input), read.Version);
            }, (changed, _, output) => output.Say(changed, $"Changed {changed.ClientId}."));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Put, ClientPaths.One, AdminScopes.ClientsWrite, "Make a client all that its metadata say; its secret stays"),
            (string client_id, ClientMetadata client, AdminVersion version) => Command.Of(client_id, client, version.Required));
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleFor(command => command.Client.ClientSecret).Null().OverridePropertyName("client_secret")
                .WithMessage("client_secret is changed by rotate-secret.");
            RuleFor(command => Kept(command.Client)).IsValidMetadata();
        }
    }

    public sealed class Handler(ClientRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.UpdateAsync(Kept(command.Client), command.Version, cancellationToken);
            return new Response(command.Client.ClientId);
        }
    }

    /// <summary>What is kept of it: its type where it says none, and no secret.</summary>
    private static ClientMetadata Kept(ClientMetadata client) => client.WithType() with { ClientSecret = null };
}
