using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>Deletes interactions whose time is up, and a while more, in which a page can still say what it was for.</summary>
internal sealed class InteractionPruning : IPruning
{
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    public void Restart()
    {
    }

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        var end = before - Remembered;
        var rows = await context.Interactions.Where(each => each.ExpiresAt < end).OrderBy(each => each.ExpiresAt).Take(most)
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.Interactions, rows)], IsFull: rows == most);
    }
}
