using Authly.Infrastructure.Observability;
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
internal sealed class UnifyErrors(SecurityEvents events, ClientAuthenticationLog log, Instruments instruments)
    : IOpenIddictServerHandler<ProcessErrorContext>
{
    public const string InvalidClient =
        "Client authentication failed: unknown client, wrong credentials, or another method than the one registered.";

    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        // A scope that is wider than what was granted (RFC 6749 §6).
        if (context is { Error: Errors.InvalidGrant, ErrorDescription: "The specified 'scope' is invalid." })
            context.Error = Errors.InvalidScope;

        context.ErrorUri = null;
        if (context.Error == Errors.InvalidClient)
        {
            context.ErrorDescription = InvalidClient;
            events.Report(SecurityEvent.ClientAuthFailed);
            var method = ClientSecretCandidates.MethodOf(context);
            instruments.ClientAuthenticated(ClientSecretCandidates.LabelOf(method), ClientAuthOutcome.Failed);
            log.Failed(context.Transaction.Request?.ClientId, method);
        }

        if (context is { EndpointType: OpenIddictServerEndpointType.Introspection, Error: Errors.UnsupportedTokenType })
            context.Error = Errors.InvalidToken;
        return ValueTask.CompletedTask;
    }
}
