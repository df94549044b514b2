using System.Security.Claims;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>Writes tokens together with the audit log's row of what they were given for.</summary>
internal sealed class GrantAudit(TokenWriter writer, AuditRows rows, AuthlyOptions options)
{
    /// <summary>False when the token that is redeemed was used or revoked meanwhile, and then nothing is written.</summary>
    /// <param name="grantType">Null for what is not granted at the token endpoint.</param>
    public async Task<bool> WriteAsync(TokenWrite write, string? grantType, string? clientId, ClaimsPrincipal principal)
    {
        // A client that speaks for itself, or that goes on, does it thousands of times.
        var hasRow = grantType is not null && (options.Audit.Grants == AuditedGrants.All
            || grantType is not (GrantTypes.ClientCredentials or GrantTypes.RefreshToken));
        if (!hasRow)
        {
            write.Audit = null;
            return await writer.WriteAsync(write);
        }

        var entry = AuditEntry.ByClient(SecurityEvent.TokenGranted, clientId, principal.GetClaim(Claims.Subject)) with
        {
            Detail = grantType,
        };
        write.Audit = rows.Of(entry);
        if (!await writer.WriteAsync(write))
            return false;
        rows.Recorded(entry);
        return true;
    }
}
