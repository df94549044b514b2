using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>Sign-ins live on the server: the cookie only names a row, and a row that is gone is a session that is over.</summary>
internal sealed class Sessions(
    AuthlyDbContext context, SessionEndings endings, AuditLog audit, AuthlyOptions options, TimeProvider time)
{
    public const string Scheme = "Authly.Session";

    /// <summary>The <c>acr</c> of a sign-in by password alone.</summary>
    public const string PasswordLevel = "urn:authly:acr:password";

    private const string PasswordMethod = "pwd";

    /// <summary>
    /// Starts a session for a person who has just proven a password, with an id of its own at every sign-in. It is bound to the password's
    /// version: if that was changed while it was proven, the session is over before it begins.
    /// </summary>
    public async Task<CurrentSession> StartAsync(User user, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var session = new Session
        {
            UserId = user.Id,
            PasswordVersion = user.PasswordVersion,
            AuthenticationMethods = PasswordMethod,
            AuthenticationLevel = PasswordLevel,
            AuthenticatedAt = now.UtcDateTime,
            ExpiresAt = (now + options.Lifetimes.Session).UtcDateTime,
        };
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        context.Sessions.Add(session);
        await context.SaveChangesAsync(cancellationToken);
        await audit.CommitAsync(transaction, AuditEntry.ByPerson(SecurityEvent.SignIn, user.Id), cancellationToken);
        return new CurrentSession(session.Id, user.Id, user.Username, now, [PasswordMethod], PasswordLevel, session.Renewals);
    }

    /// <summary>
    /// The same session, for the person whose it is and who has just proven the password anew: what other applications were given in it
    /// stays good, and the cookie from before does not. A new one for anybody else.
    /// </summary>
    public async Task<CurrentSession> RenewAsync(CurrentSession? current, User user, CancellationToken cancellationToken)
    {
        if (current?.UserId != user.Id)
            return await StartAsync(user, cancellationToken);
        var now = time.GetUtcNow();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var renewed = await context.Sessions
            .Where(session => session.Id == current.Id && session.UserId == user.Id && session.PasswordVersion == user.PasswordVersion
                && session.Renewals == current.Renewals)
            .ExecuteUpdateAsync(session => session
                .SetProperty(entity => entity.Renewals, entity => entity.Renewals + 1)
                .SetProperty(entity => entity.AuthenticatedAt, now.UtcDateTime)
                .SetProperty(entity => entity.ExpiresAt, (now + options.Lifetimes.Session).UtcDateTime), cancellationToken);
        if (renewed == 0)
        {
            await transaction.DisposeAsync();
            return await StartAsync(user, cancellationToken);
        }

        await audit.CommitAsync(transaction, AuditEntry.ByPerson(SecurityEvent.SignIn, user.Id), cancellationToken);
        return new CurrentSession(current.Id, user.Id, user.Username, now, [PasswordMethod], PasswordLevel, current.Renewals + 1);
    }

    public async Task EndAsync(CurrentSession current, SessionEnd reason, CancellationToken cancellationToken)
    {
        var ended = await endings.EndAsync(context.Sessions.Where(session => session.Id == current.Id), reason, cancellationToken);
        if (ended > 0 && reason == SessionEnd.SignedOut)
            await audit.RecordAsync(AuditEntry.ByPerson(SecurityEvent.SignOut, current.UserId));
    }

    /// <summary>Ends all sessions of a person, in every browser.</summary>
    public Task EndAllAsync(Guid userId, SessionEnd reason, CancellationToken cancellationToken) =>
        endings.EndAsync(context.Sessions.Where(session => session.UserId == userId), reason, cancellationToken);

    /// <summary>Asks the database at every request that carries the cookie whether its session still lives.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext cookie)
    {
        var live = cookie.HttpContext.RequestServices.GetRequiredService<LiveSessions>();
        if (CurrentSession.KeyOf(cookie.Principal) is { } key && await live.FindAsync(key) is { } session)
        {
            cookie.ReplacePrincipal(session.ToPrincipal());
            return;
        }

        cookie.RejectPrincipal();
        await cookie.HttpContext.SignOutAsync(Scheme);
    }
}
