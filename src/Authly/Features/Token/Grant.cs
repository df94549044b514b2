using System.Security.Claims;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;

namespace Authly.Features.Token;

/// <summary>What a grant came to: the principal that the tokens shall describe, or the refusal.</summary>
internal sealed record Grant(ClaimsPrincipal? Principal, ProtocolError? Error = null, string? Description = null) : IOutcome
{
    public static Grant Refused(ProtocolError error, string description) => new(Principal: null, error, description);
}
