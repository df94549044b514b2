using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Mediation;

/// <summary>What a response says of itself: null when the request was granted, else the error that the client was told.</summary>
internal interface IOutcome
{
    ProtocolError? Error { get; }
}

/// <summary>
/// A request at the token endpoint; it names its grant before anything can fail, so that every outcome is counted under it.
/// </summary>
internal interface ITokenRequest
{
    GrantType GrantType { get; }
}

/// <summary>A request at the authorization endpoint.</summary>
internal interface IAuthorizationRequest
{
    ResponseType ResponseType { get; }
}

/// <summary>An answer of the authorization endpoint: it may be a page on the way, which is neither a success nor an error.</summary>
internal interface IAuthorizationOutcome : IOutcome
{
    AuthorizationStep Step { get; }

    /// <summary>The journey that this answer ends; null where it goes on, is over already, or never was one.</summary>
    Journey? Journey { get; }
}

/// <summary>A person's way from an application's request to its answer: the pages that it led through, and how long it took.</summary>
internal sealed record Journey(JourneyPages Pages, TimeSpan Duration);

/// <summary>A try to sign in.</summary>
internal interface ILoginRequest
{
    LoginMethod Method { get; }
}

/// <summary>How a try to sign in ended.</summary>
internal interface ILoginOutcome : IOutcome
{
    LoginStatus Status { get; }

    LoginFailure? Failure { get; }
}

/// <summary>A request that sets a password.</summary>
internal interface IPasswordRequest
{
    PasswordOperation Operation { get; }
}

/// <summary>A request that says what a person decided about an application.</summary>
internal interface IConsentRequest
{
    ConsentDecision Decision { get; }
}

/// <summary>An answer about a token; null where there is none.</summary>
internal interface IIntrospectionOutcome : IOutcome
{
    IntrospectedToken? Token { get; }
}

/// <summary>A response that knows which person has signed in or is given a token; null where nobody is.</summary>
internal interface IPersonOutcome : IOutcome
{
    Guid? PersonId { get; }
}

/// <summary>A response that knows which registered client it was for.</summary>
internal interface IClientOutcome
{
    string? ClientId { get; }
}

/// <summary>The answer was written by the authorization server itself; only its error, and whose it was, is left to tell.</summary>
internal sealed record Answered(ProtocolError? Error, string? ClientId) : IOutcome, IClientOutcome;
