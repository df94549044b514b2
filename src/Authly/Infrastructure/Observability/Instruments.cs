using System.Diagnostics;
using System.Diagnostics.Metrics;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <summary>Every instrument that Authly itself declares, and nothing else does. Names, units and labels are a contract: <c>docs/metrics.md</c>.</summary>
internal sealed class Instruments
{
    public const string MeterName = "Authly";

    // Seconds. 0.1 and 0.25 are the bounds that service level objectives refer to.
    private static readonly double[] HandlerBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] ShortBounds = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    private readonly ClientLabels _clients;
    private readonly Histogram<double> _handlerDuration;
    private readonly Counter<long> _handlerErrors;
    private readonly UpDownCounter<long> _handlersInProgress;
    private readonly Counter<long> _tokenRequests;
    private readonly Counter<long> _authorizationRequests;
    private readonly Counter<long> _endpointRequests;
    private readonly Counter<long> _clientRequests;
    private readonly Histogram<double> _tokenGeneration;
    private readonly Counter<long> _loginAttempts;
    private readonly Counter<long> _failedLoginAttempts;
    private readonly Counter<long> _passwordOperations;
    private readonly Histogram<double> _passwordHash;
    private readonly Counter<long> _securityEvents;
    private readonly Histogram<double> _queryDuration;
    private readonly Counter<long> _queries;
    private readonly Histogram<double> _jobDuration;
    private readonly Counter<long> _cacheReads;
    private readonly Counter<long> _pruned;

    public Instruments(IMeterFactory meters, ClientLabels clients, Readings readings)
    {
        _clients = clients;
        var meter = meters.Create(MeterName);
        _handlerDuration = Seconds(InstrumentNames.HandlerDuration, "Time that a handler took, with everything around it, by feature and outcome.", HandlerBounds);
        _handlerErrors = meter.CreateCounter<long>("authly.handler.errors", null, "Requests that a handler did not grant, by feature and OAuth error code.");
        _handlersInProgress = meter.CreateUpDownCounter<long>(InstrumentNames.HandlersInProgress, null, "Handlers at work now, by feature.");
        _tokenRequests = meter.CreateCounter<long>(InstrumentNames.TokenRequests, null, "Requests at the token endpoint, by grant type and status: success, or the OAuth error code.");
        _authorizationRequests = meter.CreateCounter<long>(InstrumentNames.AuthorizationRequests, null, "Requests at the authorization endpoint, by response type and status: success, a page on the way (login, consent, repeat), or the OAuth error code.");
        _endpointRequests = meter.CreateCounter<long>(InstrumentNames.EndpointRequests, null, "Requests at the protocol's other endpoints, by endpoint and status: success, or the OAuth error code.");
        _clientRequests = meter.CreateCounter<long>(InstrumentNames.ClientRequests, null, "Requests of registered clients, by client and feature; only where client ids are switched on.");
        _tokenGeneration = Seconds("authly.oauth.token_generation.duration", "Time to generate one token, by token type; its row is written later, with all others of the request.", ShortBounds);
        _loginAttempts = meter.CreateCounter<long>(InstrumentNames.LoginAttempts, null, "Tries to sign in, by method and status.");
        _failedLoginAttempts = meter.CreateCounter<long>("authly.auth.failed_login_attempts", null, "Failed tries to sign in, by reason.");
        _passwordOperations = meter.CreateCounter<long>("authly.auth.password_operations", null, "Passwords set, by operation and status.");
        _passwordHash = Seconds("authly.password_hash.duration", "Time to hash one password, without the wait for a thread, by algorithm and outcome.", ShortBounds);
        _securityEvents = meter.CreateCounter<long>("authly.security.events", null, "Security events, by type and severity.");
        _queryDuration = Seconds(InstrumentNames.QueryDuration, "Time of one database command, by operation and status.", ShortBounds);
        _queries = meter.CreateCounter<long>("authly.database.queries", null, "Database commands, by operation and status.");
        _jobDuration = Seconds("authly.background_job.duration", "Time that one run of a background job took, by job.", HandlerBounds);
        _cacheReads = meter.CreateCounter<long>("authly.cache.operations", null, "Reads of what is cached across requests, by cache and status.");
        _pruned = meter.CreateCounter<long>("authly.tokens.pruned", null, "Expired rows that were deleted, by table.");

        // Gauges read memory only: whoever changes what they show tells Readings, and GaugeRefresher counts the rest.
        meter.CreateObservableGauge("authly.startup.duration", () => readings.Startup, "s", "Time that a phase of the last start took.");
        meter.CreateObservableGauge("authly.health.status", () => readings.Health, null, "1 while a health check passes, 0 while it does not.");
        meter.CreateObservableGauge("authly.oauth.active_tokens", () => readings.ActiveTokens, null, "Tokens that are valid and not expired, by token type; counted once a minute.");
        meter.CreateObservableGauge("authly.auth.active_sessions", () => readings.Sessions, null, "Sessions that live; counted once a minute.");
        meter.CreateObservableGauge("authly.oauth.clients", () => readings.Clients, null, "Registered clients; counted once a minute.");
        meter.CreateObservableGauge("authly.database.table_rows", () => readings.TableRows, null, "Rows of each table; counted, or estimated by PostgreSQL, once a minute.");
        meter.CreateObservableGauge("authly.background_job.last_success_timestamp", () => readings.JobSuccess, "s", "When a background job last succeeded, in Unix time.");
        meter.CreateObservableGauge("authly.signing_key.expiry_timestamp", () => readings.SigningKeyExpiry, "s", "Until when the newest signing key may sign, in Unix time, by use and algorithm; without a successor by then it goes on.");
        meter.CreateObservableGauge(InstrumentNames.Uptime, () => readings.UptimeSeconds, "s", "Time since this process started.");
        meter.CreateObservableGauge("process.start_time", () => readings.StartedAt, "s", "When this process started, in Unix time.");
        meter.CreateObservableGauge("authly.application_info", () => readings.Application, null, "1, with what is running as labels.");

        Histogram<double> Seconds(string name, string description, double[] bounds) =>
            meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
    }

    public void HandlerStarted(string feature) => _handlersInProgress.Add(1, Tag("feature", feature));

    public void HandlerEnded(string feature, HandlerOutcome outcome, ProtocolError? error, TimeSpan duration)
    {
        _handlersInProgress.Add(-1, Tag("feature", feature));
        _handlerDuration.Record(duration.TotalSeconds, Tag("feature", feature), Tag("outcome", Label<HandlerOutcome>.Of(outcome)));
        if (error is { } code)
            _handlerErrors.Add(1, Tag("feature", feature), Tag("error", code.Name()));
    }

    public void TokenRequestAnswered(GrantType grant, ProtocolError? error, string? client) =>
        _tokenRequests.Add(1, WithClient(Tag("grant_type", grant.Name()), Tag("status", Status(error)), client));

    public void AuthorizationRequestAnswered(ResponseType type, AuthorizationStep step, ProtocolError? error, string? client) =>
        _authorizationRequests.Add(1, WithClient(Tag("response_type", Label<ResponseType>.Of(type)),
            Tag("status", step == AuthorizationStep.Ended ? Status(error) : Label<AuthorizationStep>.Of(step)), client));

    public void EndpointRequestAnswered(OAuthEndpoint endpoint, ProtocolError? error) =>
        _endpointRequests.Add(1, Tag("endpoint", Label<OAuthEndpoint>.Of(endpoint)), Tag("status", Status(error)));

    public void ClientAnswered(string feature, string client)
    {
        if (_clients.Of(client) is { } label)
            _clientRequests.Add(1, Tag("client_id", label), Tag("endpoint", feature));
    }

    public void TokenGenerated(TokenKind kind, TimeSpan duration) => _tokenGeneration.Record(duration.TotalSeconds, Tag("token_type", Label<TokenKind>.Of(kind)));

    public void LoginAttempted(LoginMethod method, LoginStatus status, LoginFailure? failure)
    {
        _loginAttempts.Add(1, Tag("method", Label<LoginMethod>.Of(method)), Tag("status", Label<LoginStatus>.Of(status)));
        if (failure is { } reason)
            _failedLoginAttempts.Add(1, Tag("reason", Label<LoginFailure>.Of(reason)));
    }

    public void PasswordSet(PasswordOperation operation, ProtocolError? error) =>
        _passwordOperations.Add(1, Tag("operation", Label<PasswordOperation>.Of(operation)), Tag("status", error is null ? "success" : "failed"));

    public void PasswordHashed(PasswordHashOutcome outcome, TimeSpan duration) =>
        _passwordHash.Record(duration.TotalSeconds, Tag("algorithm", "argon2id"), Tag("outcome", Label<PasswordHashOutcome>.Of(outcome)));

    public void SecurityEventHappened(SecurityEventType type, Severity severity) =>
        _securityEvents.Add(1, Tag("event_type", Label<SecurityEventType>.Of(type)), Tag("severity", Label<Severity>.Of(severity)));

    public void QueryEnded(DatabaseOperation operation, DatabaseStatus status, TimeSpan duration)
    {
        var (operationTag, statusTag) = (Tag("operation", Label<DatabaseOperation>.Of(operation)), Tag("status", Label<DatabaseStatus>.Of(status)));
        _queryDuration.Record(duration.TotalSeconds, operationTag, statusTag);
        _queries.Add(1, operationTag, statusTag);
    }

    public void JobEnded(BackgroundJob job, TimeSpan duration) => _jobDuration.Record(duration.TotalSeconds, Tag("job", Label<BackgroundJob>.Of(job)));

    public void CacheRead(Cache cache, CacheStatus status) =>
        _cacheReads.Add(1, Tag("cache", Label<Cache>.Of(cache)), Tag("operation", "get"), Tag("status", Label<CacheStatus>.Of(status)));

    public void Pruned(PrunedTable table, int rows) => _pruned.Add(rows, Tag("table", Label<PrunedTable>.Of(table)));

    private TagList WithClient(KeyValuePair<string, object?> first, KeyValuePair<string, object?> second, string? client) =>
        _clients.Of(client) is { } label ? [first, second, Tag("client_id", label)] : [first, second];

    private static string Status(ProtocolError? error) => error is { } code ? code.Name() : "success";

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}

/// <summary>The names that others than their instruments need: Insights draws from them, and a view bounds them.</summary>
internal static class InstrumentNames
{
    public const string HandlerDuration = "authly.handler.duration";
    public const string HandlersInProgress = "authly.handlers.in_progress";
    public const string AuthorizationRequests = "authly.oauth.authorization_requests";
    public const string TokenRequests = "authly.oauth.token_requests";
    public const string EndpointRequests = "authly.oauth.endpoint_requests";
    public const string ClientRequests = "authly.oauth.client_requests";
    public const string LoginAttempts = "authly.auth.login_attempts";
    public const string QueryDuration = "authly.database.query.duration";
    public const string Uptime = "authly.uptime";
}
