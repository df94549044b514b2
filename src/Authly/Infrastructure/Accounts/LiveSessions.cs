using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>A session as a cookie or a code names it.</summary>
/// <param name="Renewals">How often it had been renewed when the cookie was given; null for a code, which outlives that.</param>
internal readonly record struct SessionKey(Guid Id, Guid UserId, int? Renewals);

/// <summary>
/// Asks the database, for all requests that wait at the moment at once, which sessions go on: their time is not up, the account is not
/// disabled, and the password that began them is still the person's.
/// </summary>
internal sealed class LiveSessions(IServiceScopeFactory scopes, TimeProvider time, Instruments instruments, Readings readings)
    : BatchWorker<SessionKey, CurrentSession?>(QueueName.Sessions, workers: 2, instruments, readings)
{
    private static readonly Func<AuthlyDbContext, Guid[], DateTime, IAsyncEnumerable<Live>> Query = EF.CompileAsyncQuery(
        (AuthlyDbContext context, Guid[] ids, DateTime now) =>
            from session in context.Sessions.AsNoTracking()
            join user in context.Users on session.UserId equals user.Id
            where ids.Contains(session.Id) && session.ExpiresAt > now && !user.IsDisabled && user.PasswordVersion == session.PasswordVersion
            select new Live(session, user.Username));

    public Task<CurrentSession?> FindAsync(SessionKey session) => EnqueueAsync(session);

    protected override async Task<IReadOnlyList<CurrentSession?>> RunAsync(IReadOnlyList<SessionKey> batch)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var live = await Query(context, [.. batch.Select(session => session.Id).Distinct()], time.GetUtcNow().UtcDateTime)
            .ToDictionaryAsync(row => row.Session.Id, row => new CurrentSession(row.Session.Id, row.Session.UserId, row.Username,
                row.Session.AuthenticatedAt, row.Session.AuthenticationMethods.Split(' '), row.Session.AuthenticationLevel,
                row.Session.Renewals));
        return [.. batch.Select(key => live.GetValueOrDefault(key.Id) is { } session && session.UserId == key.UserId
            && (key.Renewals ?? session.Renewals) == session.Renewals ? session : null)];
    }

    private sealed record Live(Session Session, string Username);
}
