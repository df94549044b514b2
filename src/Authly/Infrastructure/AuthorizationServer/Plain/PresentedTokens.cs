using System.Security.Claims;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Tokens;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>A code or refresh token that is plainly good: what it says, and the keys of its row and of its family.</summary>
internal sealed record PresentedToken(ClaimsPrincipal Principal, Guid Id, Guid FamilyId);

/// <summary>What a plain token request asks for.</summary>
/// <param name="Request">The grant's own, which may still refuse.</param>
/// <param name="Presented">What it uses up.</param>
internal sealed record PlainGrant(KnownClient Client, IRequest<Grant> Request, PresentedToken? Presented = null);

/// <summary>
/// Finds tokens that can be plainly redeemed. Null for any doubt: not the client's own, used, revoked, expired, of a grant that asked for
/// claims one by one, or of one whose refresh token hangs on more than <c>offline_access</c>.
/// </summary>
internal sealed class PresentedTokens(ProtectedTokens tokens, TokenReader reader, TimeProvider time)
{
    public async ValueTask<PresentedToken?> FindRefreshTokenAsync(KnownClient client, string token) =>
        tokens.ReadRefreshToken(token) is { } principal && Guid.TryParse(principal.GetTokenId(), out var id)
            // Race: not by what this request remembers. Of parallel uses the loser goes the long way, which must find the winner's.
            && await reader.ReadAsync(new TokenKey(id, Reference: null)) is { ReferenceId: null } entry
            ? Good(client, principal, entry, TokenTypeIdentifiers.RefreshToken) : null;

    public async ValueTask<PresentedToken?> FindCodeAsync(KnownClient client, string code) =>
        TokenReference.IsOne(code)
            && await reader.ReadAsync(new TokenKey(Id: null, TokenReference.HashOf(code))) is { Payload: { } payload } entry
            && tokens.ReadCode(payload) is { } principal
            ? Good(client, principal, entry, TokenTypeIdentifiers.Private.AuthorizationCode) : null;

    private PresentedToken? Good(KnownClient client, ClaimsPrincipal principal, TokenEntry entry, string type)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return entry is
        {
            Status: Statuses.Valid, FamilyStatus: Statuses.Valid, FamilyId: { } family, RequestedClaims: null,
            ExpiresAt: { } expires,
        }
            && entry.Type == type && expires > now && principal.HasPresenter(client.Id)
            && (client.NeedsOfflineAccess || principal.HasScope(Scopes.OfflineAccess))
            ? new PresentedToken(entry.Restore(principal), entry.Id, family) : null;
    }
}
