using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// PostgreSQL's advisory locks that all instances on one database share, in lock order: who holds one may wait for a later one, never for
/// an earlier. The numbers must be the same in every version. On SQLite a write transaction excludes all others by itself.
/// </summary>
internal enum AdvisoryLock : long
{
    Startup = 4711_0001,
    SigningKeys = 4711_0002,
    Pruning = 4711_0003,
    Registrations = 4711_0004,
}

internal static class AdvisoryLocks
{
    /// <summary>Waits for the lock, and holds it until the context's transaction ends.</summary>
    public static Task TakeAsync(this AdvisoryLock advisory, AuthlyDbContext context, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({(long)advisory})", cancellationToken);

    /// <summary>Takes the lock until the context's transaction ends, and tells the database's time; null when another has it.</summary>
    public static Task<DateTime?> TryTakeAsync(this AdvisoryLock advisory, AuthlyDbContext context, CancellationToken cancellationToken) =>
        context.Database.SqlQuery<DateTime?>($"select case when pg_try_advisory_xact_lock({(long)advisory}) then now() end as \"Value\"")
            .SingleAsync(cancellationToken);
}
