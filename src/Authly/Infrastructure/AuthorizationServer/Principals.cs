using System.Security.Claims;
using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Protocol;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// What tokens say of a person or client. Profile claims are not among it: they are answered fresh by userinfo, and tokens stay
/// small and tell nobody who does not ask (OpenID Connect Core §5.4).
/// </summary>
internal static class Principals
{
    private const string AuthenticationType = "Authly.Token";

    /// <summary>A person who is signed in by a session, as a client knows them.</summary>
    public static ClaimsPrincipal ForPerson(
        CurrentSession session, string clientId, IEnumerable<string> scopes, IEnumerable<string> audiences)
    {
        var identity = new ClaimsIdentity(AuthenticationType, Claims.Subject, roleType: null);
        identity.SetClaim(Claims.Subject, Subjects.Of(session.UserId, clientId))
            .SetClaim(Claims.AuthenticationTime, session.AuthenticatedAt.ToUnixTimeSeconds())
            .SetClaim(SessionClaims.Id, session.Id.ToString())
            .SetClaim(Claims.AuthenticationContextReference, session.Level);
        // An array also while it has one member (RFC 8176 §1).
        identity.AddClaim(new Claim(
            Claims.AuthenticationMethodReference, JsonSerializer.Serialize(session.Methods), JsonClaimValueTypes.JsonArray));
        return Complete(identity, scopes, audiences);
    }

    /// <summary>A client that speaks for itself (RFC 9068 §2.2: <c>sub</c> is the client).</summary>
    public static ClaimsPrincipal ForClient(string clientId, IEnumerable<string> scopes, IEnumerable<string> audiences)
    {
        var identity = new ClaimsIdentity(AuthenticationType, Claims.Subject, roleType: null);
        identity.SetClaim(Claims.Subject, clientId);
        return Complete(identity, scopes, audiences);
    }

    private static ClaimsPrincipal Complete(ClaimsIdentity identity, IEnumerable<string> scopes, IEnumerable<string> audiences)
    {
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes).SetResources(audiences);
        principal.SetDestinations(claim => claim.Type == SessionClaims.Id
            ? [Destinations.IdentityToken]
            : [Destinations.AccessToken, Destinations.IdentityToken]);
        return principal;
    }
}
