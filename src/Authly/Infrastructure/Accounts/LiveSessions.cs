using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>A session as a cookie or a code names it.</summary>
internal readonly record struct SessionKey(Guid Id, Guid UserId);

/// <summary>Asks the database, for all requests that wait at the moment at once, whether sessions go on and their people's accounts are not disabled.</summary>
internal sealed class LiveSessions(IServiceScopeFactory scopes, TimeProvider time) : BatchWorker<SessionKey, bool>(workers: 2)
{
    public Task<bool> ContainAsync(SessionKey session) => EnqueueAsync(session);

    protected override async Task<IReadOnlyList<bool>> RunAsync(IReadOnlyList<SessionKey> batch)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        context.Database.SetCommandTimeout(BatchTimeout.Seconds);
        var ids = batch.Select(session => session.Id).Distinct().ToList();
        var now = time.GetUtcNow().UtcDateTime;
        var live = await context.Sessions.Where(session => ids.Contains(session.Id) && session.ExpiresAt > now && context.Users.Any(user => user.Id == session.UserId && !user.IsDisabled))
            .Select(session => new SessionKey(session.Id, session.UserId)).ToListAsync();
        return [.. batch.Select(live.Contains)];
    }
}
