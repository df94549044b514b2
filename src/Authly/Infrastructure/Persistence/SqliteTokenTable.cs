namespace Authly.Infrastructure.Persistence;

/// <summary>A batch as one transaction. SQLite lets one write at a time, and so does <see cref="TokenWriter"/>.</summary>
internal sealed class SqliteTokenTable(IServiceScopeFactory services) : ITokenTable
{
    public async Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch)
    {
        HashSet<TokenWrite> lost = [];
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var families = scope.ServiceProvider.GetRequiredService<TokenFamilies>();
        await using var transaction = await context.Database.BeginTransactionAsync();
        foreach (var write in batch)
        {
            if (write.Redeems is { } token && !await families.TryRedeemAsync(token))
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

    private const string ApplicationId = "ApplicationId";
}
