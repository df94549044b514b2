using Authly.Infrastructure.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>Finds access tokens that are plainly active: whose signature is right, and whose row and family are valid now.</summary>
internal sealed class PlainAccessTokens(VerifiedTokens verified, TokenReader reader, TimeProvider time)
{
    /// <summary>What it says, and what the database has of it; null for any doubt.</summary>
    public async ValueTask<(VerifiedToken Said, TokenEntry Entry)?> FindAsync(string token)
    {
        if (await verified.VerifyAsync(token) is not { } said)
            return null;
        var now = time.GetUtcNow().UtcDateTime;
        return await reader.ReadAsync(new TokenKey(said.Id, Reference: null)) is
        {
            Type: TokenTypeIdentifiers.AccessToken, Status: Statuses.Valid, FamilyStatus: null or Statuses.Valid, ReferenceId: null,
            CreatedAt: not null, ExpiresAt: { } expires,
        } entry && expires > now
            ? (said, entry) : null;
    }
}
