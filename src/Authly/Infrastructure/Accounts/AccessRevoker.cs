using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>Ends grants and sessions for whoever administers them, in one transaction with a row of the audit log.</summary>
internal sealed class AccessRevoker(AuthlyDbContext context, TokenFamilies families, SessionEndings endings, AuditLog audit, Actor actor)
{
    /// <summary>Ends one grant with all its tokens; returns how many were still valid.</summary>
    /// <exception cref="RefusedException">There is no such grant: 404.</exception>
    public async Task<int> RevokeGrantAsync(Guid id, CancellationToken cancellationToken)
    {
        var found = await context.Authorizations.Where(family => family.Id == id)
            .Select(family => new { family.Subject, family.Application!.ClientId }).SingleOrDefaultAsync(cancellationToken)
            ?? throw new RefusedException(Refusal.Missing("grant"));
        return await RevokeAsync(found.Subject, found.ClientId, id, () => families.RevokeAsync(id, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Ends what a person granted, a client holds, or the one granted the other; returns how many grants were still valid.
    /// </summary>
    /// <exception cref="RefusedException">There is no such account, or no such client: 404.</exception>
    public async Task<int> RevokeGrantsAsync(string? username, string? clientId, CancellationToken cancellationToken)
    {
        context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
        if (clientId is not null && !await context.Clients.AnyAsync(client => client.ClientId == clientId, cancellationToken))
            throw new RefusedException(Refusal.Missing("client"));
        var userId = await KeyOfAsync(username, cancellationToken);
        return await RevokeAsync(userId?.ToString(), clientId, id: null, () => userId is { } person
            ? families.RevokeAllAsync(person, clientId, cancellationToken)
            : families.RevokeAllOfAsync(clientId!, cancellationToken), cancellationToken);
    }

    /// <summary>Ends one session, or all of a person; tokens stay.</summary>
    /// <exception cref="RefusedException">There is no such session, or no such account: 404.</exception>
    public async Task<int> EndSessionsAsync(Guid? id, string? username, CancellationToken cancellationToken)
    {
        var userId = await KeyOfAsync(username, cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var sessions = context.Sessions.Where(session => (id == null || session.Id == id) && (userId == null || session.UserId == userId));
        if (id is not null)
            userId = (await sessions.AsNoTracking().SingleOrDefaultAsync(cancellationToken)
                ?? throw new RefusedException(Refusal.Missing("session"))).UserId;
        var ended = await endings.EndAsync(sessions, SessionEnd.Revoked, cancellationToken);
        var entry = actor.Did(SecurityEvent.SessionsEnded) with { Subject = $"{userId}", Detail = id?.ToString() };
        await audit.CommitAsync(transaction, entry, cancellationToken);
        return ended;
    }

    private async Task<int> RevokeAsync(
        string? subject, string? clientId, Guid? id, Func<Task<int>> revoke, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var ended = await revoke();
        await audit.CommitAsync(transaction, actor.Did(SecurityEvent.GrantsRevoked) with
        {
            Subject = subject,
            ClientId = clientId,
            Detail = id?.ToString(),
        }, cancellationToken);
        return ended;
    }

    private async Task<Guid?> KeyOfAsync(string? username, CancellationToken cancellationToken) => username is null ? null
        : (await UserAccounts.FindAsync(context.Users.AsNoTracking(), username, cancellationToken)).Id;
}
