using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Keys;

/// <summary>The signing keys' rows: one writer at a time. On PostgreSQL a trigger tells all instances of every change.</summary>
internal sealed class SigningKeyStore(
    AuthlyDbContext context, SigningKeyMaterial material, SigningKeySchedule schedule, AuditLog audit, Actor actor, TimeProvider time,
    ILogger<SigningKeyStore> logger)
{
    public Task<List<SigningKey>> ReadAsync(CancellationToken cancellationToken) =>
        context.SigningKeys.AsNoTracking().OrderBy(key => key.SignsFrom).ToListAsync(cancellationToken);

    /// <summary>Does what the schedule says is due.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        var read = await ReadAsync(cancellationToken);
        if (!schedule.IsAnythingDue(read, Now))
            return;
        var made = schedule.WithoutSuccessor(read, Now).Select(material.Create).ToList();
        await ChangeAsync(new AuditEntry(SecurityEvent.SigningKeysRotated, ActorKind.System), keys =>
        {
            // Another instance may have done it since.
            var missing = schedule.WithoutSuccessor(keys, Now).ToList();
            foreach (var key in made.Where(key => missing.Contains(key.Algorithm)))
            {
                schedule.Succeed(keys, key, Now);
                context.Add(key);
            }

            schedule.Lengthen(keys, Now);
            context.RemoveRange(SigningKeySchedule.Expired(keys, Now));
        }, cancellationToken);
    }

    /// <summary>
    /// New keys that take over after the announcement; at once, and with all others withdrawn, where these are compromised.
    /// </summary>
    public async Task RotateAsync(bool withdraw, CancellationToken cancellationToken)
    {
        // Threat: with another key-encryption key than the instances have, they could not read what is made here.
        var read = await ReadAsync(cancellationToken);
        if (read.Count > 0 && !read.Exists(material.CanRead))
            throw new RefusedException(Refusal.Invalid(
                $"{SigningKeyMaterial.Unreadable} If that is lost for good, delete the rows of signing_keys and start Authly.",
                StatusCodes.Status409Conflict));
        var made = SigningKeyMaterial.Algorithms.Select(material.Create).ToList();
        await ChangeAsync(actor.Did(withdraw ? SecurityEvent.SigningKeysWithdrawn : SecurityEvent.SigningKeysRotated), keys =>
        {
            foreach (var key in made)
            {
                if (withdraw)
                    schedule.Begin(key, Now);
                context.RemoveRange(withdraw ? keys.Where(other => other.Algorithm == key.Algorithm) : schedule.Replace(keys, key, Now));
                context.Add(key);
            }
        }, cancellationToken);
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private async Task ChangeAsync(
        AuditEntry entry, Action<IReadOnlyCollection<SigningKey>> change, CancellationToken cancellationToken)
    {
        // Another instance may hold the lock for a while.
        context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
        // On SQLite the transaction itself is the lock: it is immediate.
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (context.Database.IsNpgsql())
            await AdvisoryLock.SigningKeys.TakeAsync(context, cancellationToken);
        change(await context.SigningKeys.ToListAsync(cancellationToken));
        var changes = context.ChangeTracker.Entries<SigningKey>().Where(each => each.State != EntityState.Unchanged)
            .Select(each => (each.Entity, each.State)).ToList();
        await context.SaveChangesAsync(cancellationToken);
        var made = string.Join(' ', changes.Where(each => each.State == EntityState.Added).Select(each => each.Entity.KeyId));
        if (made.Length > 0)
            await audit.CommitAsync(transaction, entry with { Detail = made }, cancellationToken);
        else
            await transaction.CommitAsync(cancellationToken);
        foreach (var (key, state) in changes)
            logger.LogInformation(
                "Signing key {KeyId} ({Algorithm}) {Change}: signs from {SignsFrom:O} until {SignsUntil:O}", key.KeyId, key.Algorithm,
                state, key.SignsFrom, key.SignsUntil);
    }
}
