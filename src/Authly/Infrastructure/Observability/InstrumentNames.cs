namespace Authly.Infrastructure.Observability;

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
    public const string Journeys = "authly.authorization_flows";
    public const string QueueWait = "authly.queue.wait";
    public const string QueueLength = "authly.queue.length";
    public const string QueueRefused = "authly.queue.refused";
    public const string Uptime = "authly.uptime";
}
