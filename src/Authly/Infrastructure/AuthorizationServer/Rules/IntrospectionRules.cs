using System.Globalization;
using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// A token is shown to the client that it was given to, and an access token to whom it is meant for: its audience is the client's id or a
/// resource that the client registered as its own (RFC 7662 §2.2).
/// </summary>
internal sealed class ValidateIntrospectingClient(IntrospectionAudience audience)
    : IOpenIddictServerHandler<ValidateIntrospectionRequestContext>
{
    public async ValueTask HandleAsync(ValidateIntrospectionRequestContext context)
    {
        var token = context.GenericTokenPrincipal!;
        var isPresenter = token.HasTokenType(TokenTypeIdentifiers.IdentityToken)
            ? token.HasAudience(context.ClientId!) : token.HasPresenter(context.ClientId!);
        if (!isPresenter && !await audience.ContainsAsync(token, context.ClientId!, context.CancellationToken))
            context.Reject(Errors.InvalidToken, "The token is not the client's, nor meant for it.");
    }
}

/// <summary>Tells what a resource server needs: scopes, how the person signed in, and their name (RFC 7662 §2.2).</summary>
internal sealed class DescribeIntrospectedToken(IntrospectionAudience audience, UserAccounts accounts)
    : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        var token = context.GenericTokenPrincipal!;
        if (!token.HasTokenType(TokenTypeIdentifiers.AccessToken))
            return;
        context.Scopes.UnionWith(token.GetScopes());
        if (!await audience.ContainsAsync(token, context.Request.ClientId!, context.CancellationToken))
            return;
        context.Username = await accounts.NameOfAsync(token.GetClaim(Claims.Subject));
        if (long.TryParse(token.GetClaim(Claims.AuthenticationTime), CultureInfo.InvariantCulture, out var authenticatedAt))
            context.Claims[Claims.AuthenticationTime] = authenticatedAt;
        if (token.GetClaim(Claims.AuthenticationContextReference) is { } level)
            context.Claims[Claims.AuthenticationContextReference] = level;
        if (token.GetClaims(Claims.AuthenticationMethodReference) is { Length: > 0 } methods)
            context.Claims[Claims.AuthenticationMethodReference] = new OpenIddictParameter(JsonSerializer.SerializeToElement(methods));
    }
}

/// <summary>Whom an access token is meant for.</summary>
internal sealed class IntrospectionAudience(IOpenIddictApplicationManager applications)
{
    public async ValueTask<bool> ContainsAsync(
        System.Security.Claims.ClaimsPrincipal token, string clientId, CancellationToken cancellationToken)
    {
        if (!token.HasTokenType(TokenTypeIdentifiers.AccessToken))
            return false;
        if (token.HasAudience(clientId))
            return true;
        if (await applications.FindByClientIdAsync(clientId, cancellationToken) is not { } client)
            return false;
        var served = (await applications.GetSettingsAsync(client, cancellationToken)).List(ClientSettings.Resources);
        return token.GetAudiences().Any(audience => served.Any(resource => ResourceIndicators.AreEqual(resource, audience)));
    }
}
