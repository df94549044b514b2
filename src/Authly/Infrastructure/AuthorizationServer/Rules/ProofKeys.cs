using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.IdentityModel.Tokens;
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
            && Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))) != challenge)
        {
            await audit.RecordAsync(new AuditEntry(SecurityEvent.PkceFailed, ActorKind.Anonymous)
            {
                Subject = context.AuthorizationCodePrincipal.GetClaim(Claims.Subject),
                ClientId = context.ClientId,
            });
        }
    }
}
