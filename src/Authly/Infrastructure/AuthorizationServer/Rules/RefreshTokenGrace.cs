using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Two tabs that refresh at once, or an answer that got lost, are no theft: for a while a used refresh token stands for the one that
/// replaced it, for as long as that has not been used itself. How long is the registration's to say, or <see
/// cref="LifetimeOptions.RefreshTokenGrace"/>; a public native client, whose answers get lost in tunnels and lifts, has half a minute.
/// Threat: whoever copies a token gains the same time (RFC 9700 §4.14.2).
/// </summary>
internal sealed class RefreshTokenGrace(
    TokenReader reader, AuthlyOptions options, Instruments instruments, TimeProvider time)
{
    private static readonly TimeSpan OfNativeClients = TimeSpan.FromSeconds(30);

    public async ValueTask<bool> CoversAsync(
        TokenEntry? token, string? clientId, IOpenIddictApplicationManager applications, CancellationToken cancellationToken) =>
        token is
        {
            Type: TokenTypeIdentifiers.RefreshToken, Status: Statuses.Redeemed, FamilyStatus: Statuses.Valid,
            RedeemedAt: { } redeemed
        }
        && time.GetUtcNow().UtcDateTime - redeemed < await OfClientAsync(clientId, applications, cancellationToken);

    /// <summary>Measures how late a used refresh token comes back: it tells which grace to give.</summary>
    public void Measure(TokenEntry? token)
    {
        if (token is { Type: TokenTypeIdentifiers.RefreshToken, Status: Statuses.Redeemed, RedeemedAt: { } redeemed })
            instruments.RefreshTokenReused(time.GetUtcNow().UtcDateTime - redeemed);
    }

    /// <summary>The id of the unused token that replaced this one; null where grace does not cover it.</summary>
    public async Task<Guid?> FindSuccessorAsync(
        TokenEntry? token, string? clientId, IOpenIddictApplicationManager applications, CancellationToken cancellationToken) =>
        await CoversAsync(token, clientId, applications, cancellationToken) && token!.SuccessorId is { } id
            && await reader.ReadAsync(new TokenKey(id, Reference: null)) is { Status: Statuses.Valid } ? id : null;

    private async ValueTask<TimeSpan> OfClientAsync(
        string? clientId, IOpenIddictApplicationManager applications, CancellationToken cancellationToken)
    {
        if (clientId is null || await applications.FindByClientIdAsync(clientId, cancellationToken) is not { } client)
            return TimeSpan.Zero;
        var settings = await applications.GetSettingsAsync(client, cancellationToken);
        if (settings.Seconds(ClientSettings.RefreshTokenGrace) is { } own)
            return own;
        return options.Lifetimes.RefreshTokenGrace > TimeSpan.Zero ? options.Lifetimes.RefreshTokenGrace
            : await applications.HasClientTypeAsync(client, ClientTypes.Public, cancellationToken)
                && await applications.HasApplicationTypeAsync(client, ApplicationTypes.Native, cancellationToken) ? OfNativeClients
            : TimeSpan.Zero;
    }
}

/// <summary>A refresh token also without <c>offline_access</c>, where the registration says so.</summary>
internal sealed class GrantRefreshTokens(IOpenIddictApplicationManager applications) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context is not { EndpointType: OpenIddictServerEndpointType.Token, GenerateRefreshToken: false, ClientId: { } clientId }
            || context.Principal!.GetAuthorizationId() is null
            || await applications.FindByClientIdAsync(clientId, context.CancellationToken) is not { } client
            || (await applications.GetSettingsAsync(client, context.CancellationToken)).Is(
                ClientSettings.RequireOfflineAccess, otherwise: true)
            || !await applications.HasPermissionAsync(client, Permissions.GrantTypes.RefreshToken, context.CancellationToken))
        {
            return;
        }

        context.GenerateRefreshToken = context.IncludeRefreshToken = true;
    }
}
