using System.Diagnostics;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Tokens;

/// <summary>A table that expired rows leave; each room registers its own.</summary>
internal interface IPruning
{
    /// <summary>A new run begins.</summary>
    void Restart();

    /// <summary>Deletes rows that expired before a time, UTC, the earliest first.</summary>
    Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken);
}

/// <summary>What one batch deleted, by table; whether there may be more; and, where it is known, until which expiry it came.</summary>
internal sealed record Pruned(IReadOnlyList<(PrunedTable Table, int Rows)> Rows, bool IsFull, DateTime? Reached = null);

/// <summary>
/// Deletes what has expired, so that storage depends on what lives and not on history. Small batches with pauses, by one instance at a
/// time. A missing row refuses as an expired one does, so nothing comes back to life.
/// </summary>
internal sealed class Pruning(
    IServiceScopeFactory scopes, IEnumerable<IPruning> tables, AuthlyOptions options, TimeProvider time, Readings readings,
    Instruments instruments, ILogger<Pruning> logger)
    : PeriodicJob(BackgroundJob.Pruning, readings, instruments, logger)
{
    // Small, so that requests beside one wait for little; larger, and so cheaper for each row, while less leaves than expires.
    private const int SmallestBatch = 200;
    private const int LargestBatch = 1600;

    // What requests need comes first: deleting takes at most this share of one connection's time.
    private const double Share = 0.25;

    // A run that goes on for longer says in between that it is well, and looks whether it keeps up.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(10);

    private readonly Instruments _instruments = instruments;
    private int _batchSize = SmallestBatch;
    private DateTime _reached;
    private bool _isDone;

    protected override Task WaitAsync(CancellationToken cancellationToken) =>
        _isDone ? Task.Delay(options.Pruning.Interval, time, cancellationToken) : Task.CompletedTask;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        _isDone = true;
        var (started, last) = (Stopwatch.GetTimestamp(), _reached);
        _reached = DateTime.MinValue;
        foreach (var table in tables)
            table.Restart();
        while (await PruneAsync(cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed > LongestRun)
            {
                // Rows leave in the order in which they expired: it keeps up if that went on as fast as the clock.
                _batchSize = _reached - last < elapsed ? Math.Min(_batchSize * 2, LargestBatch) : Math.Max(_batchSize / 2, SmallestBatch);
                _isDone = false;
                return;
            }
        }

        _batchSize = SmallestBatch;
    }

    /// <summary>Deletes one batch of each table and rests; false where nothing is left to do, or another instance is at it.</summary>
    private async Task<bool> PruneAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
        var now = time.GetUtcNow().UtcDateTime;
        var started = Stopwatch.GetTimestamp();
        List<Pruned> batches = [];
        await using (var transaction = await context.Database.BeginTransactionAsync(cancellationToken))
        {
            if (context.Database.IsNpgsql())
            {
                if (await AdvisoryLock.Pruning.TryTakeAsync(context, cancellationToken) is not { } theirs)
                    return false;
                // Threat: one clock that is hours ahead would delete what all others still honour.
                now = theirs < now ? theirs : now;
            }

            foreach (var table in tables)
                batches.Add(await table.PruneAsync(context, now - options.Pruning.Retention, _batchSize, cancellationToken));
            await transaction.CommitAsync(cancellationToken);
        }

        _reached = batches.Max(batch => batch.Reached) ?? _reached;
        // Also where it was none: a rate needs the zero that it starts from.
        foreach (var (table, rows) in batches.SelectMany(batch => batch.Rows))
            _instruments.Pruned(table, rows);
        await Task.Delay(Stopwatch.GetElapsedTime(started) * ((1 / Share) - 1), time, cancellationToken);
        return batches.Exists(batch => batch.IsFull);
    }
}
