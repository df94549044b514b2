using System.Collections.Frozen;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Protocol;

/// <summary>The error codes of OAuth 2.0, OpenID Connect and their extensions; anything else is <see cref="Other"/>.</summary>
internal enum ProtocolError
{
    Other,
    AccessDenied,
    AccountSelectionRequired,
    AuthorizationPending,
    ConsentRequired,
    ExpiredToken,
    InsufficientAccess,
    InsufficientScope,
    InteractionRequired,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    InvalidScope,
    InvalidTarget,
    InvalidToken,
    LoginRequired,
    MissingToken,
    RequestNotSupported,
    RequestUriNotSupported,
    ServerError,
    SlowDown,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
}

internal static class ProtocolNames
{
    public const string Other = "_OTHER";

    private static readonly FrozenDictionary<ProtocolError, string> ErrorNames = new Dictionary<ProtocolError, string>
    {
        [ProtocolError.Other] = Other,
        [ProtocolError.AccessDenied] = Errors.AccessDenied,
        [ProtocolError.AccountSelectionRequired] = Errors.AccountSelectionRequired,
        [ProtocolError.AuthorizationPending] = Errors.AuthorizationPending,
        [ProtocolError.ConsentRequired] = Errors.ConsentRequired,
        [ProtocolError.ExpiredToken] = Errors.ExpiredToken,
        [ProtocolError.InsufficientAccess] = Errors.InsufficientAccess,
        [ProtocolError.InsufficientScope] = Errors.InsufficientScope,
        [ProtocolError.InteractionRequired] = Errors.InteractionRequired,
        [ProtocolError.InvalidClient] = Errors.InvalidClient,
        [ProtocolError.InvalidGrant] = Errors.InvalidGrant,
        [ProtocolError.InvalidRequest] = Errors.InvalidRequest,
        [ProtocolError.InvalidRequestObject] = Errors.InvalidRequestObject,
        [ProtocolError.InvalidRequestUri] = Errors.InvalidRequestUri,
        [ProtocolError.InvalidScope] = Errors.InvalidScope,
        [ProtocolError.InvalidTarget] = Errors.InvalidTarget,
        [ProtocolError.InvalidToken] = Errors.InvalidToken,
        [ProtocolError.LoginRequired] = Errors.LoginRequired,
        [ProtocolError.MissingToken] = Errors.MissingToken,
        [ProtocolError.RequestNotSupported] = Errors.RequestNotSupported,
        [ProtocolError.RequestUriNotSupported] = Errors.RequestUriNotSupported,
        [ProtocolError.ServerError] = Errors.ServerError,
        [ProtocolError.SlowDown] = Errors.SlowDown,
        [ProtocolError.TemporarilyUnavailable] = Errors.TemporarilyUnavailable,
        [ProtocolError.UnauthorizedClient] = Errors.UnauthorizedClient,
        // OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
        [ProtocolError.UnmetAuthenticationRequirements] = "unmet_authentication_requirements",
        [ProtocolError.UnsupportedGrantType] = Errors.UnsupportedGrantType,
        [ProtocolError.UnsupportedResponseType] = Errors.UnsupportedResponseType,
        [ProtocolError.UnsupportedTokenType] = Errors.UnsupportedTokenType,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, ProtocolError> ErrorsByName =
        ErrorNames.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    public static string Name(this ProtocolError error) => ErrorNames[error];

    public static ProtocolError ParseError(string code) => ErrorsByName.GetValueOrDefault(code);
}
