using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>No links to other people's documentation in what our own handlers refuse, either.</summary>
internal sealed class DropErrorUri : IOpenIddictServerHandler<ProcessChallengeContext>
{
    public ValueTask HandleAsync(ProcessChallengeContext context)
    {
        context.Response.ErrorUri = null;
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// One wording for every failed client authentication, so that it does not tell which client ids exist; one code for every scope that is
/// not allowed; no links to other people's documentation; and a token of a kind that introspection does not show is simply not active (RFC
/// 7662 §2.2).
/// </summary>
internal sealed class UnifyErrors(
    AuditLog audit, Registrations registrations, ClientAuthenticationLog log, Instruments instruments)
    : IOpenIddictServerHandler<ProcessErrorContext>
{
    public const string InvalidClient =
        "Client authentication failed: unknown client, wrong credentials, or another method than the one registered.";

    public async ValueTask HandleAsync(ProcessErrorContext context)
    {
        // A scope that is wider than what was granted (RFC 6749 §6).
        if (context is { Error: Errors.InvalidGrant, ErrorDescription: "The specified 'scope' is invalid." })
            context.Error = Errors.InvalidScope;

        context.ErrorUri = null;
        if (context.Error == Errors.InvalidClient)
        {
            context.ErrorDescription = InvalidClient;
            var method = ClientSecretCandidates.MethodOf(context);
            var label = ClientSecretCandidates.LabelOf(method);
            instruments.ClientAuthenticated(label, ClientAuthOutcome.Failed);
            log.Failed(context.Transaction.Request?.ClientId, method);
            // Threat: an id that nobody registered is text of the sender's.
            var client = context.Transaction.Request?.ClientId is { } id ? registrations.KnownClient(id) : null;
            await audit.RecordAsync(new AuditEntry(SecurityEvent.ClientAuthFailed, ActorKind.Anonymous)
            {
                ClientId = client?.ClientId,
                Detail = Label<ClientAuthMethod>.Of(label),
            });
        }

        if (context is { EndpointType: OpenIddictServerEndpointType.Introspection, Error: Errors.UnsupportedTokenType })
            context.Error = Errors.InvalidToken;
    }
}
