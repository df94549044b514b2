using System.Globalization;
using System.Security.Claims;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Accounts;

/// <summary>A person's living session, as the database has it.</summary>
/// <param name="Methods">The <c>amr</c> values (RFC 8176).</param>
/// <param name="Level">The <c>acr</c> value (OpenID Connect Core §2).</param>
internal sealed record CurrentSession(
    Guid Id, Guid UserId, string Username, DateTimeOffset AuthenticatedAt, IReadOnlyList<string> Methods, string Level,
    int Renewals)
{
    private const string RenewalsClaim = "renewals";

    public static CurrentSession? From(ClaimsPrincipal principal) => (principal.Identity as SessionIdentity)?.Session;

    /// <summary>For the cookie, which carries the ids only, and for the rest of the request.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new SessionIdentity(this));

    /// <summary>The session that a cookie names, not yet confirmed.</summary>
    public static SessionKey? KeyOf(ClaimsPrincipal? cookie) =>
        Guid.TryParse(cookie?.FindFirstValue(SessionClaims.Id), out var id)
            && Guid.TryParse(cookie?.FindFirstValue(Claims.Subject), out var user)
            ? new SessionKey(id, user, int.TryParse(cookie.FindFirstValue(RenewalsClaim), CultureInfo.InvariantCulture, out var renewals)
                ? renewals : 0)
            : null;

    private static Claim[] IdsOf(CurrentSession session) =>
        [
            new Claim(SessionClaims.Id, session.Id.ToString()), new Claim(Claims.Subject, session.UserId.ToString()),
            new Claim(RenewalsClaim, session.Renewals.ToString(CultureInfo.InvariantCulture)),
        ];

    private sealed class SessionIdentity(CurrentSession session) : ClaimsIdentity(IdsOf(session), Sessions.Scheme)
    {
        public CurrentSession Session => session;
    }
}
