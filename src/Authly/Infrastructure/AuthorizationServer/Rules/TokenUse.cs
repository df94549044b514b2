using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using MediatR;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Marks the code or refresh token of this request as used, in the transaction that also writes what is issued for it: a fault
/// in between spends nothing, and of parallel requests one wins. The losers end the family (RFC 9700 §2.2.2 and §4.14.2).
/// </summary>
internal sealed class RedeemToken(AuthlyDbContext database, TokenFamilies families, IMediator mediator) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        var authentication = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);
        var principal = context.EndpointType is not OpenIddictServerEndpointType.Token ? null
            : context.Request.IsAuthorizationCodeGrantType() ? authentication?.AuthorizationCodePrincipal
            : context.Request.IsRefreshTokenGrantType() ? authentication?.RefreshTokenPrincipal
            : null;
        if (principal is null)
            return;

        var token = Guid.Parse(principal.GetTokenId()!);
        await database.Database.BeginTransactionAsync(context.CancellationToken);
        if (await families.TryRedeemAsync(token, context.CancellationToken))
            return;

        await database.Database.RollbackTransactionAsync(CancellationToken.None);
        await mediator.Publish(context.Request.IsRefreshTokenGrantType() ? SecurityEvent.RefreshTokenReuse : SecurityEvent.CodeReplay, CancellationToken.None);
        if (principal.GetAuthorizationId() is { } authorization)
            await families.RevokeAsync(Guid.Parse(authorization), CancellationToken.None);
        context.Reject(Errors.InvalidGrant, "The token has already been used.");
    }
}

/// <summary>Commits what was redeemed and issued before a byte of the answer is written.</summary>
internal sealed class CommitTokens(AuthlyDbContext database) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (database.Database.CurrentTransaction is not null)
            await database.Database.CommitTransactionAsync(context.CancellationToken);
    }
}

/// <summary>
/// A token is good while its entry says so. One that comes back to the token endpoint after it was used was stolen or replayed:
/// its family ends (RFC 6749 §4.1.2, RFC 9700 §4.14.2). Asking about a used token elsewhere changes nothing.
/// </summary>
internal sealed class ValidateTokenStatus(IOpenIddictTokenManager tokens, TokenFamilies families, IMediator mediator)
    : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.TokenId is not { Length: > 0 } id)
            return;
        var entry = await tokens.FindByIdAsync(id, context.CancellationToken);
        var status = entry is null ? null : await tokens.GetStatusAsync(entry, context.CancellationToken);
        if (status == Statuses.Valid)
            return;

        if (status == Statuses.Redeemed && context.EndpointType is OpenIddictServerEndpointType.Token && context.AuthorizationId is { } authorization)
        {
            await mediator.Publish(context.Principal!.HasTokenType(TokenTypeIdentifiers.RefreshToken) ? SecurityEvent.RefreshTokenReuse : SecurityEvent.CodeReplay, CancellationToken.None);
            await families.RevokeAsync(Guid.Parse(authorization), CancellationToken.None);
        }

        context.Reject(Errors.InvalidToken, status == Statuses.Redeemed ? "The token has already been used." : "The token is no longer valid.");
    }
}

/// <summary>Revoking a refresh token takes its family along, the authorization first; an access token goes alone (RFC 7009 §2.1).</summary>
internal sealed class RevokeFamily(IOpenIddictTokenManager tokens, TokenFamilies families) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var principal = context.GenericTokenPrincipal!;
        if (principal.HasTokenType(TokenTypeIdentifiers.RefreshToken) && principal.GetAuthorizationId() is { } authorization)
            await families.RevokeAsync(Guid.Parse(authorization), context.CancellationToken);
        else if (principal.GetTokenId() is { } id && await tokens.FindByIdAsync(id, context.CancellationToken) is { } token)
            await tokens.TryRevokeAsync(token, context.CancellationToken);
    }
}
