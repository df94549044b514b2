using System.Diagnostics.Metrics;

namespace Authly.Infrastructure.Observability;

/// <content>The database, caches, and what runs in the background.</content>
internal sealed partial class Instruments
{
    private readonly Histogram<double> _queryDuration;
    private readonly Counter<long> _queries;
    private readonly Histogram<double> _jobDuration;
    private readonly Counter<long> _cacheReads;
    private readonly Counter<long> _pruned;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _queueRefused;
    private readonly Histogram<int> _batchSize;
    private readonly Counter<long> _changes;
    private readonly Histogram<double> _changeLag;

    public void QueryEnded(DatabaseOperation operation, DatabaseStatus status, TimeSpan duration)
    {
        var (operationTag, statusTag) =
            (Tag("operation", Label<DatabaseOperation>.Of(operation)), Tag("status", Label<DatabaseStatus>.Of(status)));
        _queryDuration.Record(duration.TotalSeconds, operationTag, statusTag);
        _queries.Add(1, operationTag, statusTag);
    }

    public void JobEnded(BackgroundJob job, JobOutcome outcome, TimeSpan duration) => _jobDuration.Record(
        duration.TotalSeconds, Tag("job", Label<BackgroundJob>.Of(job)), Tag("outcome", Label<JobOutcome>.Of(outcome)));

    public void QueueLeft(QueueName queue, TimeSpan waited) =>
        _queueWait.Record(waited.TotalSeconds, Tag("queue", Label<QueueName>.Of(queue)));

    public void QueueRefused(QueueName queue) => _queueRefused.Add(1, Tag("queue", Label<QueueName>.Of(queue)));

    /// <summary>A queue begins: a rate needs the zero that it starts from.</summary>
    public void QueueOpened(QueueName queue) => _queueRefused.Add(0, Tag("queue", Label<QueueName>.Of(queue)));

    public void BatchTaken(QueueName queue, int size) => _batchSize.Record(size, Tag("queue", Label<QueueName>.Of(queue)));

    /// <param name="lag">How long ago the change was; null where nobody said when.</param>
    public void ChangeHeard(ChangeSource source, TimeSpan? lag)
    {
        var tag = Tag("source", Label<ChangeSource>.Of(source));
        _changes.Add(1, tag);
        if (lag is { } late)
            _changeLag.Record(late.TotalSeconds, tag);
    }

    public void CacheRead(Cache cache, CacheStatus status) =>
        _cacheReads.Add(1, Tag("cache", Label<Cache>.Of(cache)), Tag("operation", "get"), Tag("status", Label<CacheStatus>.Of(status)));

    public void Pruned(PrunedTable table, int rows) => _pruned.Add(rows, Tag("table", Label<PrunedTable>.Of(table)));
}

/// <summary>Where work waits.</summary>
internal enum QueueName
{
    Pages,
    Passwords,
    ClientSecrets,
    TokenWrites,
    TokenReads,
    Sessions,
    Accounts,
}

internal enum DatabaseOperation
{
    Other,
    Select,
    Insert,
    Update,
    Delete,
}

internal enum DatabaseStatus
{
    Success,
    Error,
}

internal enum Cache
{
    Clients,
    Scopes,
}

internal enum CacheStatus
{
    Hit,
    Miss,
}

internal enum BackgroundJob
{
    Gauges,
    KeyRotation,
    Pruning,
    Journeys,
    Activity,
}

internal enum JobOutcome
{
    Success,
    Failed,
}

/// <summary>How an instance hears of a change: told by one of two ways, or because it looks again after a while.</summary>
internal enum ChangeSource
{
    Postgres,
    Redis,
    Poll,
}

internal enum StartupPhase
{
    Configuration,
    Migrations,
    Keys,
    Seed,
    Listening,
}

/// <summary>The tables that expired rows leave.</summary>
internal enum PrunedTable
{
    Tokens,
    Authorizations,
    Sessions,
    Interactions,
    OneTimeValues,
    SignInThrottles,
    AuditEvents,
    ActivityDays,
}
