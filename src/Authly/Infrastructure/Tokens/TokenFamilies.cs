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
    // What one statement changes: a client may hold grants of everybody.
    private const int Most = 1000;

    /// <summary>Ends one token alone.</summary>
    public Task RevokeTokenAsync(Guid tokenId, CancellationToken cancellationToken) => context.Tokens
        .Where(token => token.Id == tokenId && token.Status != Statuses.Revoked)
        .ExecuteUpdateAsync(token => token.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);

    /// <summary>Ends one family; returns how many were still valid.</summary>
    public Task<int> RevokeAsync(Guid familyId, CancellationToken cancellationToken) =>
        RevokeAsync(context.Authorizations.Where(family => family.Id == familyId), cancellationToken);

    /// <summary>Ends all families of a person; of one client only where it is given. Returns how many were still valid.</summary>
    public Task<int> RevokeAllAsync(Guid userId, string? clientId, CancellationToken cancellationToken)
    {
        var subject = userId.ToString();
        return RevokeAsync(context.Authorizations.Where(
            family => family.Subject == subject && (clientId == null || family.Application!.ClientId == clientId)), cancellationToken);
    }

    /// <summary>Ends all that a client holds: its families, and what it was given for itself. Returns how many families.</summary>
    public async Task<int> RevokeAllOfAsync(string clientId, CancellationToken cancellationToken)
    {
        var ended = await RevokeAsync(context.Authorizations.Where(family => family.Application!.ClientId == clientId), cancellationToken);
        await context.Tokens
            .Where(token => token.Application!.ClientId == clientId && token.Authorization == null && token.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(token => token.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
        return ended;
    }

    /// <summary>Deletes all families of a person, who is deleted in the same transaction.</summary>
    public async Task DeleteAllAsync(Guid userId, CancellationToken cancellationToken)
    {
        var subject = userId.ToString();
        await context.Tokens.Where(token => token.Authorization!.Subject == subject).ExecuteDeleteAsync(cancellationToken);
        await context.Authorizations.Where(family => family.Subject == subject).ExecuteDeleteAsync(cancellationToken);
    }

    private async Task<int> RevokeAsync(IQueryable<Authorization> families, CancellationToken cancellationToken)
    {
        var ended = 0;
        while (true)
        {
            // Order is law: the authorization first, then its tokens; the other way a refresh in between would leave a live child.
            var ids = await families.Where(family => family.Status == Statuses.Valid).Select(family => family.Id).Take(Most)
                .ToListAsync(cancellationToken);
            await context.Authorizations.Where(family => ids.Contains(family.Id))
                .ExecuteUpdateAsync(family => family.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
            await context.Tokens.Where(token => ids.Contains(token.Authorization!.Id) && token.Status != Statuses.Revoked)
                .ExecuteUpdateAsync(token => token.SetProperty(entity => entity.Status, Statuses.Revoked), cancellationToken);
            ended += ids.Count;
            if (ids.Count < Most)
                return ended;
        }
    }
}
