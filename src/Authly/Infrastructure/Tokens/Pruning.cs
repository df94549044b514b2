using System.Diagnostics;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Tokens;

/// <summary>
/// Deletes what has expired, so that storage depends on what lives and not on history: tokens, the families whose last token went, and sessions. Small batches with pauses,
/// by one instance at a time. A missing row refuses as an expired one does, so nothing comes back to life.
/// </summary>
internal sealed class Pruning(IServiceScopeFactory scopes, AuthlyOptions options, TimeProvider time, Readings readings, Instruments instruments, ILogger<Pruning> logger)
    : PeriodicJob(BackgroundJob.Pruning, readings, instruments, logger)
{
    // Small, so that requests beside one wait for little; larger, and so cheaper for each row, while less leaves than expires.
    private const int SmallestBatch = 200;
    private const int LargestBatch = 1600;

    // Any number would do; it must be the same in every version.
    private const long AdvisoryLock = 4711_0003;

    // What requests need comes first: deleting takes at most this share of one connection's time.
    private const double Share = 0.25;

    // A run that goes on for longer says in between that it is well, and looks whether it keeps up.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(10);

    private readonly Instruments _instruments = instruments;
    private int _batchSize = SmallestBatch;
    private DateTime _reached;
    private bool _isDone;

    protected override Task WaitAsync(CancellationToken cancellationToken) => _isDone ? Task.Delay(options.Pruning.Interval, time, cancellationToken) : Task.CompletedTask;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        _isDone = true;
        var (started, last) = (Stopwatch.GetTimestamp(), _reached);
        _reached = DateTime.MinValue;
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

    /// <summary>Deletes one batch and rests; false where nothing is left to do, or another instance is at it.</summary>
    private async Task<bool> PruneAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var now = time.GetUtcNow().UtcDateTime;
        var started = Stopwatch.GetTimestamp();
        int tokens, families, sessions;
        await using (var transaction = await context.Database.BeginTransactionAsync(cancellationToken))
        {
            if (context.Database.IsNpgsql())
            {
                if (await context.Database.SqlQuery<DateTime?>($"select case when pg_try_advisory_xact_lock({AdvisoryLock}) then now() end as \"Value\"").SingleAsync(cancellationToken) is not { } theirs)
                    return false;
                // Threat: one clock that is hours ahead would delete what all others still honour.
                now = theirs < now ? theirs : now;
            }

            var before = now - options.Pruning.Retention;
            (tokens, families) = await PruneTokensAsync(context, before, cancellationToken);
            sessions = await context.Sessions.Where(session => session.ExpiresAt < before).OrderBy(session => session.ExpiresAt).Take(_batchSize).ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        // Also where it was none: a rate needs the zero that it starts from.
        _instruments.Pruned(PrunedTable.Tokens, tokens);
        _instruments.Pruned(PrunedTable.Authorizations, families);
        _instruments.Pruned(PrunedTable.Sessions, sessions);
        await Task.Delay(Stopwatch.GetElapsedTime(started) * ((1 / Share) - 1), time, cancellationToken);
        return tokens == _batchSize || sessions == _batchSize;
    }

    private async Task<(int Tokens, int Families)> PruneTokensAsync(AuthlyDbContext context, DateTime before, CancellationToken cancellationToken)
    {
        // From where the last batch ended: else each would walk over all the entries that earlier ones left in the index until it is vacuumed.
        var reached = _reached;
        var expired = await context.Tokens.Where(token => token.ExpirationDate >= reached && token.ExpirationDate < before).OrderBy(token => token.ExpirationDate).Take(_batchSize)
            .Select(token => new { token.Id, token.ExpirationDate, Family = EF.Property<Guid?>(token, "AuthorizationId") }).ToListAsync(cancellationToken);
        if (expired.Count == 0)
            return (0, 0);
        _reached = expired[^1].ExpirationDate!.Value;
        var ids = expired.ConvertAll(token => token.Id);
        var tokens = await context.Tokens.Where(token => ids.Contains(token.Id)).ExecuteDeleteAsync(cancellationToken);
        var families = expired.Where(token => token.Family is not null).Select(token => token.Family!.Value).Distinct().ToList();
        return (tokens, families.Count == 0 ? 0 : await context.Authorizations
            .Where(family => families.Contains(family.Id) && !context.Tokens.Any(token => EF.Property<Guid?>(token, "AuthorizationId") == family.Id))
            .ExecuteDeleteAsync(cancellationToken));
    }
}
