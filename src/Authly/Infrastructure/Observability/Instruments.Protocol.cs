using System.Diagnostics;
using System.Diagnostics.Metrics;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <content>What handlers and the protocol's endpoints answered.</content>
internal sealed partial class Instruments
{
    private readonly Histogram<double> _handlerDuration;
    private readonly Counter<long> _handlerErrors;
    private readonly UpDownCounter<long> _handlersInProgress;
    private readonly Counter<long> _tokenRequests;
    private readonly Counter<long> _authorizationRequests;
    private readonly Counter<long> _endpointRequests;
    private readonly Counter<long> _clientRequests;
    private readonly Counter<long> _clientAuthentications;
    private readonly Counter<long> _consents;
    private readonly Counter<long> _journeys;
    private readonly Histogram<double> _journeyDuration;
    private readonly Histogram<int> _tokenSize;
    private readonly Histogram<double> _tokenGeneration;
    private readonly Histogram<double> _refreshReuseAge;

    public void HandlerStarted(string feature) => _handlersInProgress.Add(1, Tag("feature", feature));

    public void HandlerEnded(string feature, HandlerOutcome outcome, ProtocolError? error, TimeSpan duration)
    {
        _handlersInProgress.Add(-1, Tag("feature", feature));
        _handlerDuration.Record(duration.TotalSeconds, Tag("feature", feature), Tag("outcome", Label<HandlerOutcome>.Of(outcome)));
        if (error is { } code)
            _handlerErrors.Add(1, Tag("feature", feature), Tag("error", code.Name()));
    }

    public void TokenRequestAnswered(GrantType grant, ProtocolError? error, string? client) =>
        _tokenRequests.Add(1, WithClient(Tag("grant_type", grant.Name), Tag("status", Status(error)), client));

    public void AuthorizationRequestAnswered(ResponseType type, AuthorizationStep step, ProtocolError? error, string? client) =>
        _authorizationRequests.Add(1, WithClient(Tag("response_type", Label<ResponseType>.Of(type)),
            Tag("status", step == AuthorizationStep.Ended ? Status(error) : Label<AuthorizationStep>.Of(step)), client));

    /// <param name="introspected">What introspection said; null at any other endpoint.</param>
    public void EndpointRequestAnswered(OAuthEndpoint endpoint, ProtocolError? error, IntrospectedToken? introspected) =>
        _endpointRequests.Add(1, Tag("endpoint", Label<OAuthEndpoint>.Of(endpoint)),
            Tag("status", error is null && introspected is { } token ? Label<IntrospectedToken>.Of(token) : Status(error)));

    public void ClientAuthenticated(ClientAuthMethod method, ClientAuthOutcome outcome) =>
        _clientAuthentications.Add(
            1, Tag("auth_method", Label<ClientAuthMethod>.Of(method)), Tag("outcome", Label<ClientAuthOutcome>.Of(outcome)));

    public void ConsentDecided(ConsentDecision decision) => _consents.Add(1, Tag("decision", Label<ConsentDecision>.Of(decision)));

    /// <summary>A journey ended: its person, or nobody, has been answered.</summary>
    public void JourneyEnded(JourneyPages pages, JourneyOutcome outcome, TimeSpan duration)
    {
        JourneysEnded(pages, outcome, 1);
        // Clocks differ: less than no time would take away from the sum, and look like a restart.
        _journeyDuration.Record(Math.Max(0, duration.TotalSeconds),
            Tag("interaction", Label<JourneyPages>.Of(pages)), Tag("outcome", Label<JourneyOutcome>.Of(outcome)));
    }

    public void JourneysEnded(JourneyPages pages, JourneyOutcome outcome, int rows) => _journeys.Add(
        rows, Tag("interaction", Label<JourneyPages>.Of(pages)), Tag("outcome", Label<JourneyOutcome>.Of(outcome)));

    public void ClientAnswered(string feature, string client)
    {
        if (_clients.Of(client) is { } label)
            _clientRequests.Add(1, Tag("client_id", label), Tag("endpoint", feature));
    }

    public void RefreshTokenReused(TimeSpan age) => _refreshReuseAge.Record(Math.Max(0, age.TotalSeconds));

    public void TokenGenerated(TokenKind kind, TimeSpan duration, int size)
    {
        var tag = Tag("token_type", Label<TokenKind>.Of(kind));
        _tokenGeneration.Record(duration.TotalSeconds, tag);
        _tokenSize.Record(size, tag);
    }

    private TagList WithClient(KeyValuePair<string, object?> first, KeyValuePair<string, object?> second, string? client) =>
        _clients.Of(client) is { } label ? [first, second, Tag("client_id", label)] : [first, second];

    private static string Status(ProtocolError? error) => error is { } code ? code.Name() : "success";

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}

/// <summary>How a client authenticated (RFC 7591 §2, <c>token_endpoint_auth_method</c>).</summary>
internal enum ClientAuthMethod
{
    None,
    ClientSecretBasic,
    ClientSecretPost,
}

internal enum ClientAuthOutcome
{
    Success,
    Failed,
}

/// <summary>What introspection says of a token, in place of success.</summary>
internal enum IntrospectedToken
{
    Active,
    Inactive,
}

internal enum ConsentDecision
{
    Granted,
    Denied,
    Revoked,
}

/// <summary>The pages that a journey has led a person through.</summary>
[Flags]
internal enum JourneyPages
{
    None = 0,
    Login = 1,
    Consent = 2,
    LoginConsent = Login | Consent,
}

internal enum JourneyOutcome
{
    Code,
    Denied,
    Error,
    Abandoned,
}

internal enum HandlerOutcome
{
    Ok,
    Error,
    Exception,
    Cancelled,
}

internal enum AuthorizationStep
{
    Ended,
    Login,
    Consent,
    Repeat,
}
