using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

/// <summary>A batch as one transaction. SQLite lets one write at a time, and so does <see cref="TokenWriter"/>.</summary>
internal sealed class SqliteTokenTable(IServiceScopeFactory services, TimeProvider time) : ITokenTable
{
    public async Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch)
    {
        HashSet<TokenWrite> lost = [];
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        await using var transaction = await context.Database.BeginTransactionAsync();
        foreach (var write in batch)
        {
            if (write.Redeems is { } token && !await TryRedeemAsync(context, token, write.Successor))
            {
                lost.Add(write);
                continue;
            }

            if (write.Family is { } granted)
                context.Add(granted.Family).Property(Authorization.ClientKey).CurrentValue = granted.ClientKey;
            if (write.Audit is { } audit)
                context.Add(audit);
            foreach (var row in write.Tokens)
            {
                var entry = context.Add(row.Token);
                entry.Property(Token.ClientKey).CurrentValue = row.ClientKey;
                entry.Property(Token.FamilyKey).CurrentValue = row.FamilyId;
            }
        }

        await context.SaveChangesAsync();
        await transaction.CommitAsync();
        return lost;
    }

    public async Task<IReadOnlyList<TokenEntry>> ReadAsync(IReadOnlyList<TokenKey> keys)
    {
        var ids = keys.Select(key => key.Id).ToList();
        var references = keys.Where(key => key.Reference is not null).Select(key => key.Reference).ToList();
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        return await context.Tokens
            .Where(token => ids.Contains(token.Id) || references.Contains(token.ReferenceId))
            .Select(token => new TokenEntry(token.Id)
            {
                Type = token.Type,
                Status = token.Application!.IsDisabled ? Statuses.Revoked : token.Status,
                ReferenceId = token.ReferenceId,
                Payload = token.Payload,
                CreatedAt = token.CreationDate,
                ExpiresAt = token.ExpirationDate,
                RedeemedAt = token.RedemptionDate,
                SuccessorId = token.SuccessorId,
                FamilyId = EF.Property<Guid?>(token, Token.FamilyKey),
                FamilyStatus = token.Authorization == null ? null : token.Authorization.Status,
                SessionId = token.Authorization == null ? null : token.Authorization.SessionId,
                RequestedClaims = token.Authorization == null ? null : token.Authorization.RequestedClaims,
            })
            .ToListAsync();
    }

    private async Task<bool> TryRedeemAsync(AuthlyDbContext context, Guid tokenId, Guid? successor) => await context.Tokens
        .Where(token => token.Id == tokenId && token.Status == Statuses.Valid
            && (token.Authorization == null || token.Authorization.Status == Statuses.Valid))
        .ExecuteUpdateAsync(token => token
            .SetProperty(entity => entity.Status, Statuses.Redeemed)
            .SetProperty(entity => entity.RedemptionDate, time.GetUtcNow().UtcDateTime)
            .SetProperty(entity => entity.SuccessorId, successor)) == 1;
}
