using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>Why a session ended.</summary>
internal enum SessionEnd
{
    SignedOut,
    Replaced,
    PasswordChanged,
    Disabled,
    Revoked,
    Expired,
}

/// <summary>The one door through which sessions end: what must happen when one does, happens here.</summary>
internal sealed class SessionEndings(ILogger<SessionEndings> logger)
{
    public async Task<int> EndAsync(IQueryable<Session> sessions, SessionEnd reason, CancellationToken cancellationToken)
    {
        var ended = await sessions.ExecuteDeleteAsync(cancellationToken);
        if (ended > 0)
            logger.LogInformation("{Count} sessions ended: {Reason}", ended, Label<SessionEnd>.Of(reason));
        return ended;
    }
}

/// <summary>Ends the sessions whose time is up.</summary>
internal sealed class SessionPruning(SessionEndings endings) : IPruning
{
    public void Restart()
    {
    }

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        var expired = context.Sessions.Where(session => session.ExpiresAt < before).OrderBy(session => session.ExpiresAt).Take(most);
        var ended = await endings.EndAsync(expired, SessionEnd.Expired, cancellationToken);
        return new Pruned([(PrunedTable.Sessions, ended)], IsFull: ended == most);
    }
}
