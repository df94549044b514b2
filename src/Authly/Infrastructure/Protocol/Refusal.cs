namespace Authly.Infrastructure.Protocol;

/// <summary>A request that Authly refuses: mapped to the wire in one place, <see cref="Http.Faults"/>, and counted as an error, not as an exception.</summary>
internal sealed class Refusal(ProtocolError error, string description) : Exception(description)
{
    public ProtocolError Error { get; } = error;
}
