using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// A client authenticates by the one method that it registered (RFC 7591 §2, <c>token_endpoint_auth_method</c>); a public one never
/// introspects.
/// </summary>
internal sealed class EnforceClientAuthenticationMethod(IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.EndpointType is not (
            OpenIddictServerEndpointType.Token or OpenIddictServerEndpointType.Introspection or OpenIddictServerEndpointType.Revocation)
            || context.ClientId is not { } clientId
            || await applications.FindByClientIdAsync(clientId, context.CancellationToken) is not { } application)
        {
            return;
        }

        if (await applications.HasClientTypeAsync(application, ClientTypes.Public, context.CancellationToken))
        {
            // Threat: whoever found a token could ask what it is good for (RFC 7662 §4).
            if (context.EndpointType is OpenIddictServerEndpointType.Introspection)
                context.Reject(Errors.InvalidClient, UnifyErrors.InvalidClient);
            return;
        }

        var settings = await applications.GetSettingsAsync(application, context.CancellationToken);
        var registered = settings.GetValueOrDefault(ClientMapping.AuthMethodSetting, ClientAuthenticationMethods.ClientSecretBasic);
        var header = context.Transaction.GetHttpRequest()?.Headers.Authorization.ToString() ?? "";
        var used = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
            ? ClientAuthenticationMethods.ClientSecretBasic
            : ClientAuthenticationMethods.ClientSecretPost;
        if (used != registered)
            context.Reject(Errors.InvalidClient, UnifyErrors.InvalidClient);
    }
}

/// <summary>An unknown client costs what a wrong secret costs. Threat: else the time tells which client ids exist.</summary>
internal sealed class EqualizeUnknownClients(OpenIddictApplicationManager<Client> clients)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        // A public client's secret is refused unread.
        if (context is { ClientId: { Length: > 0 } id, ClientSecret: { Length: > 0 } secret })
            await ((ClientManager)clients).FindConfidentialAsync(id, secret, context.CancellationToken);
    }
}

/// <summary>
/// One wording for every failed client authentication, so that it does not tell which client ids exist; one code for every scope that is
/// not allowed; no links to other people's documentation; and a token of a kind that introspection does not show is simply not active (RFC
/// 7662 §2.2).
/// </summary>
internal sealed class UnifyErrors(SecurityEvents events) : IOpenIddictServerHandler<ProcessErrorContext>
{
    public const string InvalidClient =
        "Client authentication failed: unknown client, wrong credentials, or another method than the one registered.";

    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        // A scope that the client was not given, or that is wider than what was granted (RFC 6749 §5.2, §6).
        if (context.ErrorUri?.EndsWith("ID2051", StringComparison.Ordinal) is true
            || context is { Error: Errors.InvalidGrant, ErrorDescription: "The specified 'scope' is invalid." })
        {
            context.Error = Errors.InvalidScope;
        }

        context.ErrorUri = null;
        if (context.Error == Errors.InvalidClient)
        {
            context.ErrorDescription = InvalidClient;
            events.Report(SecurityEvent.ClientAuthFailed);
        }

        if (context is { EndpointType: OpenIddictServerEndpointType.Introspection, Error: Errors.UnsupportedTokenType })
            context.Error = Errors.InvalidToken;
        return ValueTask.CompletedTask;
    }
}
