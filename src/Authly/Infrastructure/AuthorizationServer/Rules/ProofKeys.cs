using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Tells of a <c>code_verifier</c> that is not the challenge's, which OpenIddict refuses next (RFC 7636 §4.6): somebody has a code that is
/// not theirs.
/// </summary>
internal sealed class ReportFailedProof(AuditLog audit) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.AuthorizationCodePrincipal?.GetClaim(Claims.Private.CodeChallenge) is { } challenge
            && context.Request.CodeVerifier is { } verifier
            && !ProofKeys.Proves(verifier, challenge))
        {
            await audit.RecordAsync(new AuditEntry(SecurityEvent.PkceFailed, ActorKind.Anonymous)
            {
                Subject = context.AuthorizationCodePrincipal.GetClaim(Claims.Subject),
                ClientId = context.ClientId,
            });
        }
    }
}

internal static class ProofKeys
{
    /// <summary>
    /// Whether a challenge is the verifier's by S256 (RFC 7636 §4.6), in a time that does not tell how much of it is right.
    /// </summary>
    public static bool Proves(string verifier, string? challenge)
    {
        var expected = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        return challenge is not null
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(challenge));
    }
}
