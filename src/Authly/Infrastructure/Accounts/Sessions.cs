using System.Globalization;
using System.Security.Claims;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Accounts;

/// <summary>Sign-ins live on the server: the cookie only names a row, and a row that is gone is a session that is over.</summary>
internal sealed class Sessions(AuthlyDbContext context, AuthlyOptions options, TimeProvider time)
{
    public const string Scheme = "Authly.Session";

    /// <summary>Starts a session, with an id of its own at every sign-in, and returns what the cookie shall carry.</summary>
    public async Task<ClaimsPrincipal> StartAsync(User user, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var session = new Session { UserId = user.Id, AuthenticatedAt = now.UtcDateTime, ExpiresAt = (now + options.Lifetimes.Session).UtcDateTime };
        context.Sessions.Add(session);
        await context.SaveChangesAsync(cancellationToken);

        return new ClaimsPrincipal(new ClaimsIdentity(
        [
            new Claim(CurrentSession.IdClaim, session.Id.ToString()),
            new Claim(Claims.Subject, user.Id.ToString()),
            new Claim(Claims.Username, user.Username),
            new Claim(Claims.AuthenticationTime, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64),
        ], Scheme, Claims.Username, roleType: null));
    }

    public Task EndAsync(Guid id, CancellationToken cancellationToken) =>
        context.Sessions.Where(session => session.Id == id).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Asks the database at every request that carries the cookie whether its session still lives.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext cookie)
    {
        var live = cookie.HttpContext.RequestServices.GetRequiredService<LiveSessions>();
        if (cookie.Principal is { } principal && CurrentSession.From(principal) is { } current && await live.ContainAsync(new(current.Id, current.UserId)))
        {
            return;
        }

        cookie.RejectPrincipal();
        await cookie.HttpContext.SignOutAsync(Scheme);
    }
}
