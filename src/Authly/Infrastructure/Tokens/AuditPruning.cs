using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Tokens;

/// <summary>Deletes the rows of the audit log that have been kept long enough; each says itself when that is.</summary>
internal sealed class AuditPruning : IPruning
{
    public void Restart()
    {
    }

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        var rows = await context.AuditEvents.Where(entry => entry.ExpiresAt < before).OrderBy(entry => entry.ExpiresAt).Take(most)
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.AuditEvents, rows)], IsFull: rows == most);
    }
}
