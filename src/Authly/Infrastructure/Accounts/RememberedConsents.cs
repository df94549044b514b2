using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>What people have allowed clients, one row for each person and client.</summary>
internal sealed class RememberedConsents(AuthlyDbContext context, TokenFamilies families, AuditLog audit, TimeProvider time)
{
    /// <summary>Whether all of the scopes were allowed before.</summary>
    public async Task<bool> CoverAsync(Guid userId, string clientId, IEnumerable<string> scopes, CancellationToken cancellationToken)
    {
        var allowed = await AllowedScopes(context, userId, clientId, cancellationToken);
        return allowed is not null && !scopes.Except(allowed.Split(' ')).Any();
    }

    private static readonly Func<AuthlyDbContext, Guid, string, CancellationToken, Task<string?>> AllowedScopes = EF.CompileAsyncQuery(
        (AuthlyDbContext context, Guid userId, string clientId, CancellationToken _) => context.Consents
            .Where(consent => consent.UserId == userId && consent.ClientId == clientId).Select(consent => (string?)consent.Scopes)
                .SingleOrDefault());

    public Task<List<Consent>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        context.Consents.AsNoTracking().Where(entity => entity.UserId == userId).OrderBy(entity => entity.ClientId)
            .ToListAsync(cancellationToken);

    /// <summary>Adds the scopes to what was allowed before.</summary>
    public async Task AddAsync(Guid userId, string clientId, IEnumerable<string> scopes, CancellationToken cancellationToken)
    {
        // A person can press Allow in two windows at once: the second finds the row of the first.
        for (var attempt = 0; ; attempt++)
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var consent = await context.Consents.SingleOrDefaultAsync(
                entity => entity.UserId == userId && entity.ClientId == clientId, cancellationToken);
            var now = time.GetUtcNow().UtcDateTime;
            if (consent is null)
            {
                context.Consents.Add(
                    new Consent { UserId = userId, ClientId = clientId, Scopes = string.Join(' ', scopes.Distinct()), GrantedAt = now });
            }
            else
            {
                consent.Scopes = string.Join(' ', consent.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Union(scopes));
                consent.GrantedAt = now;
            }

            try
            {
                await context.SaveChangesAsync(cancellationToken);
                await audit.CommitAsync(
                    transaction, AuditEntry.ByPerson(SecurityEvent.ConsentGranted, userId, clientId), cancellationToken);
                return;
            }
            catch (DbUpdateException) when (attempt == 0 && consent is null)
            {
                context.ChangeTracker.Clear();
            }
        }
    }

    /// <summary>Remembers nothing: the person is asked again the next time.</summary>
    public Task DenyAsync(Guid userId, string clientId) =>
        audit.RecordAsync(AuditEntry.ByPerson(SecurityEvent.ConsentDenied, userId, clientId));

    /// <summary>Takes back what was allowed, and with it every token that the client holds for the person.</summary>
    public async Task RevokeAsync(Guid userId, string clientId, CancellationToken cancellationToken)
    {
        var ended = await context.Consents.Where(entity => entity.UserId == userId && entity.ClientId == clientId)
            .ExecuteDeleteAsync(cancellationToken);
        await families.RevokeAllAsync(userId, clientId, cancellationToken);
        // Threat: without a row there, the client is any text of the sender's.
        if (ended > 0)
            await audit.RecordAsync(AuditEntry.ByPerson(SecurityEvent.ConsentRevoked, userId, clientId));
    }
}
