using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Http;
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
/// A client authenticates at the token endpoint by the method that it registered (RFC 7591 §2, <c>token_endpoint_auth_method</c>), and by
/// either where it named none; elsewhere by either. A public one never introspects.
/// </summary>
internal sealed class EnforceClientAuthenticationMethod(
    IOpenIddictApplicationManager applications, AcceptedClient accepted) : IOpenIddictServerHandler<ProcessAuthenticationContext>
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
            else
                await accepted.CountAsync(clientId, registered: null, ClientAuthenticationMethods.None, context.CancellationToken);
            return;
        }

        var settings = await applications.GetSettingsAsync(application, context.CancellationToken);
        var (registered, used) = (settings.GetValueOrDefault(ClientSettings.AuthMethod), ClientSecretCandidates.MethodOf(context));
        if (registered is not null && used != registered && context.EndpointType is OpenIddictServerEndpointType.Token)
        {
            context.Reject(Errors.InvalidClient, UnifyErrors.InvalidClient);
            return;
        }

        await accepted.CountAsync(clientId, registered, used, context.CancellationToken);
    }
}

/// <summary>An unknown client costs what a wrong secret costs. Threat: else the time tells which client ids exist.</summary>
internal sealed class EqualizeUnknownClients(OpenIddictApplicationManager<Client> clients)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        // A public client's secret is refused unread.
        if (context is not { ClientId: { Length: > 0 } id, ClientSecret.Length: > 0 })
            return;
        foreach (var secret in ClientSecretCandidates.Of(context))
        {
            if (await ((ClientManager)clients).FindConfidentialAsync(id, secret, context.CancellationToken) is not null)
                return;
        }
    }
}

/// <summary>Compares the secret in each way that it can be read (<see cref="BasicCredentials"/>).</summary>
internal sealed class ProveClientSecret(IOpenIddictApplicationManager applications) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context is not { ClientId: { Length: > 0 } id, ClientSecret.Length: > 0 }
            || ProtocolParameters.Of(context.Transaction.GetHttpRequest()!.HttpContext) is null
            || await applications.FindByClientIdAsync(id, context.CancellationToken) is not { } application
            || await applications.HasClientTypeAsync(application, ClientTypes.Public, context.CancellationToken))
        {
            return;
        }

        foreach (var secret in ClientSecretCandidates.Of(context))
        {
            if (await applications.ValidateClientSecretAsync(application, secret, context.CancellationToken))
                return;
        }

        context.Reject(Errors.InvalidClient, UnifyErrors.InvalidClient);
    }
}

internal static class ClientSecretCandidates
{
    public static IReadOnlyList<string> Of(ProcessAuthenticationContext context) =>
        BasicOf(context.Transaction)?.Secrets ?? [context.ClientSecret!];

    /// <summary>How the client has authenticated, by the name that it registers.</summary>
    public static string MethodOf(BaseContext context) =>
        BasicOf(context.Transaction) is not null ? ClientAuthenticationMethods.ClientSecretBasic
        : context.Transaction.Request?.ClientSecret is { Length: > 0 } ? ClientAuthenticationMethods.ClientSecretPost
        : ClientAuthenticationMethods.None;

    public static ClientAuthMethod LabelOf(string method) => method switch
    {
        ClientAuthenticationMethods.ClientSecretBasic => ClientAuthMethod.ClientSecretBasic,
        ClientAuthenticationMethods.ClientSecretPost => ClientAuthMethod.ClientSecretPost,
        _ => ClientAuthMethod.None,
    };

    private static BasicCredentials? BasicOf(OpenIddictServerTransaction transaction) =>
        ProtocolParameters.Of(transaction.GetHttpRequest()!.HttpContext)?.Basic;
}
