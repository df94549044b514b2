using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

/// <summary>
/// A family is one authorization and all codes, access and refresh tokens that came of it. Every use of a token checks its
/// authorization, so revoking that one row ends the family, children that are being written at that moment included.
/// </summary>
internal sealed class TokenFamilies(AuthlyDbContext context)
{
    /// <summary>Ends one token alone.</summary>
    public Task RevokeTokenAsync(Guid tokenId, CancellationToken cancellationToken) => context.Tokens
        .Where(token => token.Id == tokenId && token.Status != Statuses.Revoked)
        .ExecuteUpdateAsync(token => token.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);

    /// <summary>Ends one family.</summary>
    public Task RevokeAsync(Guid authorizationId, CancellationToken cancellationToken) =>
        RevokeAsync(context.Authorizations.Where(authorization => authorization.Id == authorizationId), cancellationToken);

    /// <summary>Ends all families of a person; of one client only where it is given.</summary>
    public Task RevokeAllAsync(string subject, string? clientId, CancellationToken cancellationToken) =>
        RevokeAsync(context.Authorizations.Where(authorization => authorization.Subject == subject
            && (clientId == null || authorization.Application!.ClientId == clientId)), cancellationToken);

    private async Task RevokeAsync(IQueryable<OpenIddict.EntityFrameworkCore.Models.OpenIddictEntityFrameworkCoreAuthorization<Guid>> authorizations,
        CancellationToken cancellationToken)
    {
        // Order is law: the authorization first, then its tokens; the other way a refresh in between would leave a live child.
        var ids = await authorizations.Where(authorization => authorization.Status == Statuses.Valid)
            .Select(authorization => authorization.Id).ToListAsync(cancellationToken);
        await context.Authorizations.Where(authorization => ids.Contains(authorization.Id))
            .ExecuteUpdateAsync(authorization => authorization.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
        await context.Tokens.Where(token => ids.Contains(token.Authorization!.Id) && token.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(token => token.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
    }
}
