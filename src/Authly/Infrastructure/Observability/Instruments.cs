using System.Diagnostics.Metrics;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// Every instrument that Authly itself declares, and nothing else does. Names, units and labels are a contract: <c>docs/metrics.md</c>.
/// </summary>
internal sealed partial class Instruments
{
    public const string MeterName = "Authly";

    // Seconds. 0.1 and 0.25 are the bounds that service level objectives refer to.
    private static readonly double[] HandlerBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] ShortBounds = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    // From a race of two tabs to a copy that is a day old. 30 and 1800 are the graces that a registration may give.
    private static readonly double[] ReuseBounds = [0.01, 0.05, 0.25, 1, 5, 15, 30, 120, 600, 1800, 7200, 28_800, 86_400];

    // People on the way through pages, from a signed-in browser to half the time that an interaction has.
    private static readonly double[] JourneyBounds = [0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 900];

    // From a notification in the same room to a poll.
    private static readonly double[] LagBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15, 60, 300];

    private static readonly int[] BatchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    // Bytes. A cookie holds 4 KiB, a proxy's headers 8.
    private static readonly int[] SizeBounds = [256, 512, 1024, 2048, 4096, 6144, 8192, 16_384, 32_768];

    private readonly ClientLabels _clients;

    public Instruments(IMeterFactory meters, ClientLabels clients, Readings readings)
    {
        _clients = clients;
        var meter = meters.Create(MeterName);
        _handlerDuration = Seconds(
            InstrumentNames.HandlerDuration, "Time that a handler took, with everything around it, by feature and outcome.", HandlerBounds);
        _handlerErrors = meter.CreateCounter<long>(
            "authly.handler.errors", null, "Requests that a handler did not grant, by feature and OAuth error code.");
        _handlersInProgress =
            meter.CreateUpDownCounter<long>(InstrumentNames.HandlersInProgress, null, "Handlers at work now, by feature.");
        _tokenRequests = meter.CreateCounter<long>(
            InstrumentNames.TokenRequests, null,
            "Requests at the token endpoint, by grant type and status: success, or the OAuth error code.");
        _authorizationRequests =
            meter.CreateCounter<long>(
            InstrumentNames.AuthorizationRequests, null,
            "Requests at the authorization endpoint, by response type and status: "
                + "success, a page on the way (login, consent, repeat), or the OAuth error code.");
        _endpointRequests = meter.CreateCounter<long>(
            InstrumentNames.EndpointRequests, null,
            "Requests at the protocol's other endpoints, by endpoint and status: success, or the OAuth error code.");
        _clientRequests = meter.CreateCounter<long>(
            InstrumentNames.ClientRequests, null,
            "Requests of registered clients, by client and feature; only where client ids are switched on.");
        _clientAuthentications = meter.CreateCounter<long>(
            "authly.oauth.client_authentications", null,
            "Clients that authenticated at the token, introspection and revocation endpoints, by method and outcome.");
        _consents = meter.CreateCounter<long>("authly.consents", null, "What people decided about applications, by decision.");
        _journeys = meter.CreateCounter<long>(
            InstrumentNames.Journeys, null,
            "Journeys of people from an application's request to its answer, by the pages on the way and how they ended.");
        _journeyDuration = Seconds(
            "authly.authorization_flow.duration",
            "Time from an application's request to its answer, by the pages on the way and outcome; abandoned ones have none.",
            JourneyBounds);
        _tokenSize = meter.CreateHistogram("authly.oauth.token_size", "By", "Size of issued tokens, by token type.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = SizeBounds });
        _tokenGeneration = Seconds(
            "authly.oauth.token_generation.duration",
            "Time to generate one token, by token type; its row is written later, with all others of the request.", ShortBounds);
        _refreshReuseAge = Seconds(
            "authly.oauth.refresh_reuse.age",
            "How long ago a refresh token was used when it came back used: a race, a lost answer, or a theft.", ReuseBounds);
        _loginAttempts = meter.CreateCounter<long>(InstrumentNames.LoginAttempts, null, "Tries to sign in, by method and status.");
        _failedLoginAttempts = meter.CreateCounter<long>("authly.auth.failed_login_attempts", null, "Failed tries to sign in, by reason.");
        _throttled = meter.CreateCounter<long>(
            "authly.auth.throttled", null, "Tries to sign in that were not made because too many had failed just before, by whose.");
        _passwordOperations = meter.CreateCounter<long>("authly.auth.password_operations", null, "Passwords set, by operation and status.");
        _passwordHash = Seconds(
            "authly.password_hash.duration", "Time to hash one password, without the wait for a thread, by algorithm and outcome.",
            ShortBounds);
        _securityEvents = meter.CreateCounter<long>("authly.security.events", null, "Security events, by type and severity.");
        _auditEvents = meter.CreateCounter<long>(
            "authly.audit.events", null, "Events for the audit log, by what became of them: recorded, folded into a later row, or failed.");
        // The alert on the first that fails needs the zero before it.
        foreach (var outcome in Enum.GetValues<AuditWrite>())
            _auditEvents.Add(0, Tag("outcome", Label<AuditWrite>.Of(outcome)));
        _queryDuration = Seconds(InstrumentNames.QueryDuration, "Time of one database command, by operation and status.", ShortBounds);
        _queries = meter.CreateCounter<long>("authly.database.queries", null, "Database commands, by operation and status.");
        _jobDuration = Seconds("authly.background_job.duration", "Time that one run of a background job took, by job and outcome.",
            HandlerBounds);
        _cacheReads = meter.CreateCounter<long>(
            "authly.cache.operations", null, "Reads of what is cached across requests, by cache and status.");
        _pruned = meter.CreateCounter<long>("authly.tokens.pruned", null, "Expired rows that were deleted, by table.");
        _queueWait = Seconds(InstrumentNames.QueueWait, "Time that work waited for its turn, by queue.", HandlerBounds);
        _queueRefused = meter.CreateCounter<long>(
            InstrumentNames.QueueRefused, null, "Work that found no room, or no turn in time, by queue.");
        _batchSize = meter.CreateHistogram(
            "authly.batch.size", null, "How much waiting work went to the database in one statement, by queue.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = BatchBounds });
        _changes = meter.CreateCounter<long>(
            "authly.change.notifications", null,
            "Changes of clients, scopes and keys that this instance was told of, or looked for by itself (poll), by source.");
        _changeLag = Seconds(
            "authly.change.lag", "How long ago a change was when this instance heard of it, for a poll at most, by source.", LagBounds);
        _rateLimitHits = meter.CreateCounter<long>(
            "authly.rate_limit.hits", null, "Requests that were turned away because of a rate limit, by endpoint and who counted.");

        // Gauges read memory only: whoever changes what they show tells Readings, and GaugeRefresher counts the rest.
        meter.CreateObservableGauge("authly.startup.duration", () => readings.Startup, "s", "Time that a phase of the last start took.");
        meter.CreateObservableGauge(
            "authly.health.status", () => readings.Health, null, "1 while a health check passes, 0 while it does not.");
        meter.CreateObservableGauge(
            "authly.oauth.active_tokens", () => readings.ActiveTokens, null,
            "Tokens that are valid and not expired, by token type; counted once a minute.");
        meter.CreateObservableGauge(
            "authly.auth.active_sessions", () => readings.Sessions, null, "Sessions that live; counted once a minute.");
        meter.CreateObservableGauge(
            "authly.users", () => readings.Users, null, "People by the state of their accounts; counted once a minute.");
        meter.CreateObservableGauge(
            "authly.active_users", () => readings.ActiveUsers, null,
            "Different people who signed in or got a token today and in the days before, by window; counted once a minute.");
        meter.CreateObservableGauge(
            "authly.active_clients", () => readings.ActiveClients, null,
            "Different clients that got a token today and in the days before, by window; counted once a minute.");
        meter.CreateObservableGauge("authly.oauth.clients", () => readings.Clients, null, "Registered clients; counted once a minute.");
        meter.CreateObservableGauge(
            "authly.configuration.drift", () => readings.Drift, null,
            "Clients and scopes that are not as the file made them that was applied last, by kind; counted once a minute.");
        meter.CreateObservableGauge(
            "authly.database.table_rows", () => readings.TableRows, null,
            "Rows of each table; counted, or estimated by PostgreSQL, once a minute.");
        meter.CreateObservableGauge(
            "authly.background_job.last_success_timestamp", () => readings.JobSuccess, "s",
            "When a background job last succeeded, in Unix time.");
        meter.CreateObservableGauge(
            "authly.signing_key.expiry_timestamp", () => readings.SigningKeyExpiry, "s",
            "Until when the newest signing key may sign, in Unix time, by use and algorithm; without a successor by then it goes on.");
        meter.CreateObservableGauge(
            InstrumentNames.QueueLength, () => readings.QueueLengths, null, "Work that waits now, by queue.");
        meter.CreateObservableGauge(InstrumentNames.Uptime, () => readings.UptimeSeconds, "s", "Time since this process started.");
        meter.CreateObservableGauge("process.start_time", () => readings.StartedAt, "s", "When this process started, in Unix time.");
        meter.CreateObservableGauge("authly.application_info", () => readings.Application, null, "1, with what is running as labels.");

        Histogram<double> Seconds(string name, string description, double[] bounds) =>
            meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
    }
}
