using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

/// <summary>A batch as one transaction. SQLite lets one write at a time, and so does <see cref="TokenWriter"/>.</summary>
internal sealed class SqliteTokenTable(IServiceScopeFactory services, TimeProvider time) : ITokenTable
{
    private const string ApplicationId = "ApplicationId";

    public async Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch)
    {
        HashSet<TokenWrite> lost = [];
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        context.Database.SetCommandTimeout(BatchTimeout.Seconds);
        await using var transaction = await context.Database.BeginTransactionAsync();
        foreach (var write in batch)
        {
            if (write.Redeems is { } token && !await TryRedeemAsync(context, token, write.Successor?.ToString()))
            {
                lost.Add(write);
                continue;
            }

            if (write.Authorization is { } granted)
                context.Add(granted.Authorization).Property(ApplicationId).CurrentValue = granted.ApplicationId;
            foreach (var row in write.Tokens)
            {
                var entry = context.Add(row.Token);
                entry.Property(ApplicationId).CurrentValue = row.ApplicationId;
                entry.Property("AuthorizationId").CurrentValue = row.AuthorizationId;
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
        context.Database.SetCommandTimeout(BatchTimeout.Seconds);
        return await context.Tokens
            .Where(token => ids.Contains(token.Id) || references.Contains(token.ReferenceId))
            .Select(token => new TokenEntry(token.Id, token.Type, token.Status, token.ReferenceId, token.Payload, token.CreationDate, token.ExpirationDate, token.RedemptionDate,
                EF.Property<Guid?>(token, "AuthorizationId"), token.Authorization == null ? null : token.Authorization.Status))
            .ToListAsync();
    }

    private async Task<bool> TryRedeemAsync(AuthlyDbContext context, Guid tokenId, string? successor) => await context.Tokens
        .Where(token => token.Id == tokenId && token.Status == Statuses.Valid && (token.Authorization == null || token.Authorization.Status == Statuses.Valid))
        .ExecuteUpdateAsync(token => token
            .SetProperty(entity => entity.Status, Statuses.Redeemed)
            .SetProperty(entity => entity.RedemptionDate, time.GetUtcNow().UtcDateTime)
            .SetProperty(entity => entity.Payload, entity => successor ?? entity.Payload)) == 1;
}
