namespace Authly.Infrastructure.Observability;

/// <content>The database, caches, and what runs in the background.</content>
internal sealed partial class Instruments
{
    public void QueryEnded(DatabaseOperation operation, DatabaseStatus status, TimeSpan duration)
    {
        var (operationTag, statusTag) =
            (Tag("operation", Label<DatabaseOperation>.Of(operation)), Tag("status", Label<DatabaseStatus>.Of(status)));
        _queryDuration.Record(duration.TotalSeconds, operationTag, statusTag);
        _queries.Add(1, operationTag, statusTag);
    }

    public void JobEnded(BackgroundJob job, TimeSpan duration) =>
        _jobDuration.Record(duration.TotalSeconds, Tag("job", Label<BackgroundJob>.Of(job)));

    public void QueueLeft(QueueName queue, TimeSpan waited) =>
        _queueWait.Record(waited.TotalSeconds, Tag("queue", Label<QueueName>.Of(queue)));

    public void QueueRefused(QueueName queue) => _queueRefused.Add(1, Tag("queue", Label<QueueName>.Of(queue)));

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
}
