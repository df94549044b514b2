using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// What gauges show: values that others set when they change or are counted in the background, so that a scrape reads memory and
/// never the database.
/// </summary>
internal sealed class Readings(IHostEnvironment environment, ConfiguredDatabase database, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly ConcurrentDictionary<StartupPhase, double> _startup = new();
    private readonly ConcurrentDictionary<string, int> _health = new();
    private readonly ConcurrentDictionary<TokenKind, long> _activeTokens = new();
    private readonly ConcurrentDictionary<string, long> _tableRows = new();
    private readonly ConcurrentDictionary<BackgroundJob, double> _jobSuccess = new();
    private readonly ConcurrentDictionary<string, double> _signingKeyExpiry = new();
    private readonly ConcurrentDictionary<UserState, long> _users = new();
    private readonly ConcurrentDictionary<ActivityWindow, long> _activeUsers = new();
    private readonly ConcurrentDictionary<ActivityWindow, long> _activeClients = new();
    private readonly ConcurrentDictionary<QueueName, Func<int>> _queues = new();
    private readonly ConcurrentDictionary<string, long> _drift = new();
    private long _sessions;
    private long _clients;

    public void StartupPhaseEnded(StartupPhase phase, TimeSpan duration) =>
        _startup.AddOrUpdate(phase, duration.TotalSeconds, (_, before) => before + duration.TotalSeconds);

    public void HealthChecked(string check, bool isHealthy) => _health[check] = isHealthy ? 1 : 0;

    public void Counted(IReadOnlyDictionary<TokenKind, long> activeTokens, long sessions, long clients, IReadOnlyDictionary<string,
        long> tableRows)
    {
        foreach (var (kind, count) in activeTokens)
            _activeTokens[kind] = count;
        foreach (var (table, rows) in tableRows)
            _tableRows[table] = rows;
        Volatile.Write(ref _sessions, sessions);
        Volatile.Write(ref _clients, clients);
    }

    /// <summary>A queue says how many wait when it is asked.</summary>
    public void QueueMade(QueueName queue, Func<int> length) => _queues[queue] = length;

    public void CountedUsers(IReadOnlyDictionary<UserState, long> users)
    {
        foreach (var (state, count) in users)
            _users[state] = count;
    }

    public void CountedDrift(string kind, long count) => _drift[kind] = count;

    public void CountedActivity(ActivityWindow window, long users, long clients) =>
        (_activeUsers[window], _activeClients[window]) = (users, clients);

    public void JobSucceeded(BackgroundJob job) => _jobSuccess[job] = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    public void SigningKeyEnds(string algorithm, DateTime at) =>
        _signingKeyExpiry[algorithm] = new DateTimeOffset(at).ToUnixTimeMilliseconds() / 1000.0;

    public IEnumerable<Measurement<double>> Startup => All(_startup, "phase", Label<StartupPhase>.Of);

    public IEnumerable<Measurement<int>> Health => All(_health, "check", check => check);

    public IEnumerable<Measurement<long>> ActiveTokens => All(_activeTokens, "token_type", Label<TokenKind>.Of);

    public IEnumerable<Measurement<long>> TableRows => All(_tableRows, "table", table => table);

    public IEnumerable<Measurement<int>> QueueLengths => _queues.Select(queue =>
        new Measurement<int>(queue.Value(), new KeyValuePair<string, object?>("queue", Label<QueueName>.Of(queue.Key))));

    public IEnumerable<Measurement<long>> Users => All(_users, "state", Label<UserState>.Of);

    public IEnumerable<Measurement<long>> ActiveUsers => All(_activeUsers, "window", Label<ActivityWindow>.Of);

    public IEnumerable<Measurement<long>> ActiveClients => All(_activeClients, "window", Label<ActivityWindow>.Of);

    public IEnumerable<Measurement<double>> JobSuccess => All(_jobSuccess, "job", Label<BackgroundJob>.Of);

    public IEnumerable<Measurement<double>> SigningKeyExpiry =>
        _signingKeyExpiry.Select(pair => new Measurement<double>(pair.Value, new("use", "sig"), new("alg", pair.Key)));

    public IEnumerable<Measurement<long>> Drift => All(_drift, "kind", kind => kind);

    public long Sessions => Volatile.Read(ref _sessions);

    public long Clients => Volatile.Read(ref _clients);

    public double UptimeSeconds => (time.GetUtcNow() - _started).TotalSeconds;

    public double StartedAt => _started.ToUnixTimeMilliseconds() / 1000.0;

    public Measurement<int> Application => new(1,
        new("version", Version), new("dotnet_version", RuntimeInformation.FrameworkDescription),
            new("environment", environment.EnvironmentName),
        new("database", database.Name), new("instance", Environment.MachineName));

    private static string Version { get; } =
        typeof(Readings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "unknown";

    private static IEnumerable<Measurement<TValue>> All<TKey,
        TValue>(ConcurrentDictionary<TKey, TValue> values, string label, Func<TKey, string> name)
        where TKey : notnull
        where TValue : struct =>
        values.Select(pair => new Measurement<TValue>(pair.Value, new KeyValuePair<string, object?>(label, name(pair.Key))));
}
