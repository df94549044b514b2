using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Clients;

/// <summary>Registers a client. Its secret is made here, told once, and kept as its digest only. Metadata by RFC 7591 §2.</summary>
internal static class CreateClient
{
    public sealed record Command(ClientMetadata Client) : IRequest<Response>;

    /// <param name="ClientSecret">Told this once; null for a public client.</param>
    public sealed record Response(string ClientId, string? ClientSecret);

    public sealed class Verb : IVerb
    {
        public static VerbDeclaration Declaration { get; } = new("client create", "Register a client; its secret is told this once.");

        public static void Define(VerbBuilder verb)
        {
            var id = verb.Argument("client-id", "What it calls itself: visible ASCII.");
            var options = new ClientOptions(verb);
            var isPublic = verb.Option<bool>("--public", "It cannot keep a secret: it runs in browsers or on people's devices.");
            verb.Sends(input => new Command(options.Change(new ClientMetadata
            {
                ClientId = input.GetValue(id)!,
                ClientType = input.GetValue(isPublic) ? ClientTypes.Public : ClientTypes.Confidential,
            }, input)), (made, output) => output.Write(made,
                () => [["CLIENT ID", "CLIENT SECRET"], [made.ClientId, made.ClientSecret ?? "-"]]));
        }
    }

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response, Response>(
            AdminOperation.Creation(ClientPaths.All, AdminScopes.ClientsWrite, "Register a client; its secret is told this once"),
            (ClientMetadata client) => new Command(client),
            made => new AdminAnswer(made) { Location = ClientPaths.Of(made.ClientId) });
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleFor(command => command.Client.ClientSecret).Null().OverridePropertyName("client_secret")
                .WithMessage("client_secret is made here, and told in the answer.");
            RuleFor(command => WithSecret(command.Client)).IsValidMetadata();
        }
    }

    public sealed class Handler(ClientRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            var client = WithSecret(command.Client);
            await registrar.CreateAsync(client, cancellationToken);
            return new Response(client.ClientId, client.ClientSecret);
        }
    }

    /// <summary>Made here, so that nobody can choose a weak one.</summary>
    private static ClientMetadata WithSecret(ClientMetadata client) => client.WithType() is { IsPublic: false } confidential
        ? confidential with { ClientSecret = ClientSecrets.Generate() } : client.WithType();
}
