using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Where a sign-out may lead is registered to the letter (OpenID Connect RP-Initiated Logout §3): by the client that the request or its
/// <c>id_token_hint</c> names, or by any where neither does. Another address is not gone to, and no reason not to sign out.
/// </summary>
internal sealed class ProvePostLogoutRedirectUri(IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ValidateEndSessionRequestContext>
{
    /// <summary>The property that holds an address that is not gone to.</summary>
    public const string Refused = "Authly.RefusedPostLogoutRedirectUri";

    /// <summary>The property that holds the address that is.</summary>
    public const string Proven = "Authly.ProvenPostLogoutRedirectUri";

    public async ValueTask HandleAsync(ValidateEndSessionRequestContext context)
    {
        if (context is { IdentityTokenHintPrincipal: { } hint, Request.ClientId: { } named } && !hint.HasAudience(named))
        {
            context.Reject(Errors.InvalidRequest, "The 'id_token_hint' was issued to another client than the 'client_id' names.");
            return;
        }

        if (context.Request.PostLogoutRedirectUri is not { Length: > 0 } uri)
            return;
        var clientId = context.Request.ClientId ?? context.IdentityTokenHintPrincipal?.GetAudiences().FirstOrDefault();
        if (await IsRegisteredAsync(clientId, uri, context.CancellationToken))
        {
            context.Transaction.SetProperty(Proven, uri);
            return;
        }

        context.Transaction.SetProperty(Refused, uri);
        context.Request.PostLogoutRedirectUri = null;
    }

    private async ValueTask<bool> IsRegisteredAsync(string? clientId, string uri, CancellationToken cancellationToken)
    {
        if (clientId is not null)
        {
            return await applications.FindByClientIdAsync(clientId, cancellationToken) is { } client
                && await applications.ValidatePostLogoutRedirectUriAsync(client, uri, cancellationToken);
        }

        if (!Uri.TryCreate(uri, UriKind.Absolute, out _) || uri.Any(char.IsControl))
            return false;
        await foreach (var client in applications.FindByPostLogoutRedirectUriAsync(uri, cancellationToken))
        {
            if (await applications.ValidatePostLogoutRedirectUriAsync(client, uri, cancellationToken))
                return true;
        }

        return false;
    }
}

/// <summary>Answers at the proven address, and at no other.</summary>
internal sealed class AttachProvenPostLogoutRedirectUri : IOpenIddictServerHandler<ApplyEndSessionResponseContext>
{
    public ValueTask HandleAsync(ApplyEndSessionResponseContext context)
    {
        context.PostLogoutRedirectUri = context.Transaction.GetProperty<string>(ProvePostLogoutRedirectUri.Proven);
        return ValueTask.CompletedTask;
    }
}
