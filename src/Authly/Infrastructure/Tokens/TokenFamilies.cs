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
    public Task RevokeAsync(Guid familyId, CancellationToken cancellationToken) =>
        RevokeAsync(context.Authorizations.Where(family => family.Id == familyId), cancellationToken);

    /// <summary>Ends all families of a person; of one client only where it is given.</summary>
    public Task RevokeAllAsync(Guid userId, string? clientId, CancellationToken cancellationToken)
    {
        var subject = userId.ToString();
        return RevokeAsync(context.Authorizations.Where(
            family => family.Subject == subject && (clientId == null || family.Application!.ClientId == clientId)), cancellationToken);
    }

    private async Task RevokeAsync(IQueryable<Authorization> families, CancellationToken cancellationToken)
    {
        // Order is law: the authorization first, then its tokens; the other way a refresh in between would leave a live child.
        var ids = await families.Where(family => family.Status == Statuses.Valid).Select(family => family.Id)
            .ToListAsync(cancellationToken);
        await context.Authorizations.Where(family => ids.Contains(family.Id))
            .ExecuteUpdateAsync(family => family.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
        await context.Tokens.Where(token => ids.Contains(token.Authorization!.Id) && token.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(token => token.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
    }
}
