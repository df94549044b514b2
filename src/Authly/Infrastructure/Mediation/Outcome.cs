namespace Authly.Infrastructure.Mediation;

/// <summary>What a response says of itself: null when the request was granted, else the error that the client was told.</summary>
internal interface IOutcome
{
    ProtocolError? Error { get; }
}

/// <summary>A request at the token endpoint; it names its grant before anything can fail, so that every outcome is counted under it.</summary>
internal interface ITokenRequest
{
    GrantType GrantType { get; }
}

/// <summary>The answer was written by the authorization server itself; only its error is left to tell.</summary>
internal sealed record Answered(ProtocolError? Error) : IOutcome;

/// <summary>A request that Authly refuses: mapped to the wire in one place, <see cref="Security.Faults"/>, and counted as an error, not as an exception.</summary>
internal sealed class Refusal(ProtocolError error, string description) : Exception(description)
{
    public ProtocolError Error { get; } = error;
}
