using System.Diagnostics;
using System.Diagnostics.Metrics;
using Authly.Infrastructure.Protocol;

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

    // Bytes. A cookie holds 4 KiB, a proxy's headers 8.
    private static readonly int[] SizeBounds = [256, 512, 1024, 2048, 4096, 6144, 8192, 16_384, 32_768];

    private readonly ClientLabels _clients;
    private readonly Histogram<double> _handlerDuration;
    private readonly Counter<long> _handlerErrors;
    private readonly UpDownCounter<long> _handlersInProgress;
    private readonly Counter<long> _tokenRequests;
    private readonly Counter<long> _authorizationRequests;
    private readonly Counter<long> _endpointRequests;
    private readonly Counter<long> _clientRequests;
    private readonly Counter<long> _clientAuthentications;
    private readonly Counter<long> _consents;
    private readonly Histogram<int> _tokenSize;
    private readonly Histogram<double> _tokenGeneration;
    private readonly Histogram<double> _refreshReuseAge;
    private readonly Counter<long> _loginAttempts;
    private readonly Counter<long> _failedLoginAttempts;
    private readonly Counter<long> _throttled;
    private readonly Counter<long> _passwordOperations;
    private readonly Histogram<double> _passwordHash;
    private readonly Counter<long> _securityEvents;
    private readonly Histogram<double> _queryDuration;
    private readonly Counter<long> _queries;
    private readonly Histogram<double> _jobDuration;
    private readonly Counter<long> _cacheReads;
    private readonly Counter<long> _pruned;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _queueRefused;
    private readonly Counter<long> _rateLimitHits;

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
        _queryDuration = Seconds(InstrumentNames.QueryDuration, "Time of one database command, by operation and status.", ShortBounds);
        _queries = meter.CreateCounter<long>("authly.database.queries", null, "Database commands, by operation and status.");
        _jobDuration = Seconds("authly.background_job.duration", "Time that one run of a background job took, by job.", HandlerBounds);
        _cacheReads = meter.CreateCounter<long>(
            "authly.cache.operations", null, "Reads of what is cached across requests, by cache and status.");
        _pruned = meter.CreateCounter<long>("authly.tokens.pruned", null, "Expired rows that were deleted, by table.");
        _queueWait = Seconds("authly.queue.wait", "Time that work waited for a thread, by queue.", HandlerBounds);
        _queueRefused = meter.CreateCounter<long>("authly.queue.refused", null, "Work that found no room, or no thread in time, by queue.");
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
        meter.CreateObservableGauge("authly.oauth.clients", () => readings.Clients, null, "Registered clients; counted once a minute.");
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
            "authly.queue.length", () => readings.QueueLengths, null, "Work that waits now, by queue.");
        meter.CreateObservableGauge(InstrumentNames.Uptime, () => readings.UptimeSeconds, "s", "Time since this process started.");
        meter.CreateObservableGauge("process.start_time", () => readings.StartedAt, "s", "When this process started, in Unix time.");
        meter.CreateObservableGauge("authly.application_info", () => readings.Application, null, "1, with what is running as labels.");

        Histogram<double> Seconds(string name, string description, double[] bounds) =>
            meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
    }

    private TagList WithClient(KeyValuePair<string, object?> first, KeyValuePair<string, object?> second, string? client) =>
        _clients.Of(client) is { } label ? [first, second, Tag("client_id", label)] : [first, second];

    private static string Status(ProtocolError? error) => error is { } code ? code.Name() : "success";

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
