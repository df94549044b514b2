using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
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
            var name = verb.Option<string?>("--name", "What people are shown.");
            var redirects = verb.Option<string[]>("--redirect-uri", "Where people come back to from the sign-in; repeatable.");
            var signedOut = verb.Option<string[]>("--post-logout-redirect-uri", "Where they come back to from a sign-out; repeatable.");
            var grants = verb.Option<string[]>("--grant-type", "As in client_credentials; authorization_code unless given; repeatable.");
            var scope = verb.Option<string?>("--scope", "What it may ask for, separated by spaces; OpenID Connect's own unless given.");
            var isPublic = verb.Option<bool>("--public", "It cannot keep a secret: it runs in browsers or on people's devices.");
            var isNative = verb.Option<bool>("--native", "It is installed on people's devices (RFC 8252).");
            var skipConsent = verb.Option<bool>("--skip-consent", "It is first-party: people are not asked.");
            verb.Sends(input => new Command(new ClientMetadata
            {
                ClientId = input.GetValue(id)!,
                ClientName = input.GetValue(name),
                ClientSecret = input.GetValue(isPublic) ? null : ClientSecrets.Generate(),
                TokenEndpointAuthMethod = input.GetValue(isPublic) ? ClientAuthenticationMethods.None : null,
                RedirectUris = input.GetValue(redirects) ?? [],
                PostLogoutRedirectUris = input.GetValue(signedOut) ?? [],
                GrantTypes = input.GetValue(grants) is { Length: > 0 } given ? given : [GrantTypes.AuthorizationCode],
                Scope = input.GetValue(scope),
                ApplicationType = input.GetValue(isNative) ? ApplicationTypes.Native : ApplicationTypes.Web,
                SkipConsent = input.GetValue(skipConsent),
            }), (made, output) => output.Write(made,
                () => [["CLIENT ID", "CLIENT SECRET"], [made.ClientId, made.ClientSecret ?? "-"]]));
        }
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command.Client).Custom((client, context) =>
        {
            foreach (var failure in new ClientMetadataValidator().Validate(client).Errors)
                context.AddFailure($"{failure.PropertyName} {failure.ErrorMessage}.");
        });
    }

    public sealed class Handler(ClientRegistrar registrar) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            await registrar.CreateAsync(command.Client, cancellationToken);
            return new Response(command.Client.ClientId, command.Client.ClientSecret);
        }
    }
}
