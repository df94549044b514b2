using System.Globalization;
using System.Security.Claims;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Accounts;

/// <summary>A person's live session, as the cookie names it and the database confirms it.</summary>
internal sealed record CurrentSession(Guid Id, Guid UserId, string Username, DateTimeOffset AuthenticatedAt)
{
    public const string IdClaim = "sid";

    public static CurrentSession? From(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true, AuthenticationType: Sessions.Scheme }
        && Guid.TryParse(principal.FindFirstValue(IdClaim), out var id)
        && Guid.TryParse(principal.FindFirstValue(Claims.Subject), out var user)
            ? new CurrentSession(id, user, principal.FindFirstValue(Claims.Username) ?? "",
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(principal.FindFirstValue(Claims.AuthenticationTime)!, CultureInfo.InvariantCulture)))
            : null;
}
