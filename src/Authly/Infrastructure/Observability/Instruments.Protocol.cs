using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <content>What handlers and the protocol's endpoints answered.</content>
internal sealed partial class Instruments
{
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

    public void EndpointRequestAnswered(OAuthEndpoint endpoint, ProtocolError? error) =>
        _endpointRequests.Add(1, Tag("endpoint", Label<OAuthEndpoint>.Of(endpoint)), Tag("status", Status(error)));

    public void ClientAnswered(string feature, string client)
    {
        if (_clients.Of(client) is { } label)
            _clientRequests.Add(1, Tag("client_id", label), Tag("endpoint", feature));
    }

    public void RefreshTokenReused(TimeSpan age) => _refreshReuseAge.Record(age.TotalSeconds);

    public void TokenGenerated(TokenKind kind, TimeSpan duration) =>
        _tokenGeneration.Record(duration.TotalSeconds, Tag("token_type", Label<TokenKind>.Of(kind)));
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
