using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Seeding;

/// <summary>How a file is applied.</summary>
/// <param name="Actor">An operator, wherever they are, is told the secrets that are made; a start makes none.</param>
/// <param name="IsDryRun">Differences are told only.</param>
/// <param name="Prunes">What a file made before, and this one does not name, is deleted.</param>
internal sealed record ApplyMode(ActorKind Actor, bool IsDryRun = false, bool Prunes = false)
{
    /// <summary>Whether what the file names is remembered as made by a file. The seed file is another one than an operator's.</summary>
    public bool Manages => Actor == ActorKind.Operator && !IsDryRun;
}

/// <param name="Secrets">Of clients that were made without one in the file, by their ids; told this once.</param>
internal sealed record Applied(IReadOnlyList<Difference> Differences, IReadOnlyDictionary<string, string> Secrets);

/// <summary>
/// Makes the database what a file says, all of it or nothing, in one transaction with its rows of the audit log. What the file does not
/// name is left alone, or, if it prunes, deleted where a file had made it; people are never deleted.
/// </summary>
internal sealed class Reconciliation(
    AuthlyDbContext context, ScopeReconciliation scopes, ClientReconciliation clients, PersonReconciliation people, AuditLog audit,
    Actor actor)
{
    /// <exception cref="RefusedException">Something that the file says cannot be: its place and the reason.</exception>
    public async Task<Applied> ApplyAsync(SeedFile file, ApplyMode mode, CancellationToken cancellationToken)
    {
        context.Database.SetCommandTimeout(DatabaseTimeouts.Background);
        // Order: slow hashes before the transaction, which SQLite's other writers would wait for.
        var secrets = mode.IsDryRun ? [] : await clients.PrepareAsync(file.Clients, mode.Actor, cancellationToken);
        var passwords = mode.IsDryRun ? [] : await people.HashAsync(file.Users, cancellationToken);
        // Whoever only looks holds nobody up.
        await using var transaction = mode.IsDryRun ? null : await context.Database.BeginTransactionAsync(cancellationToken);
        if (transaction is not null && context.Database.IsNpgsql())
            await AdvisoryLock.Registrations.TakeAsync(context, cancellationToken);

        var managed = await context.Set<ManagedRegistration>().ToListAsync(cancellationToken);
        List<Difference> differences =
        [
            .. await scopes.ApplyAsync(file.Scopes, managed, mode, cancellationToken),
            .. await clients.ApplyAsync(file, managed, secrets, mode, cancellationToken),
            .. await people.ApplyAsync(file.Users, passwords, mode, cancellationToken),
        ];
        if (transaction is null)
            return new Applied(differences, new Dictionary<string, string>());
        await context.SaveChangesAsync(cancellationToken);
        await audit.CommitAsync(transaction, [.. differences.Select(difference => EntryOf(difference, mode.Actor))], cancellationToken);
        var made = secrets.Where(secret => secret.Value.Made is not null);
        return new Applied(differences, made.ToDictionary(secret => secret.Key, secret => secret.Value.Made!));
    }

    private AuditEntry EntryOf(Difference difference, ActorKind kind)
    {
        var happened = (difference.Kind, difference.Change) switch
        {
            (ManagedRegistration.Client, Change.Create) => SecurityEvent.ClientCreated,
            (ManagedRegistration.Client, Change.Update) => SecurityEvent.ClientChanged,
            (ManagedRegistration.Client, _) => SecurityEvent.ClientDeleted,
            (ManagedRegistration.Scope, Change.Create) => SecurityEvent.ScopeCreated,
            (ManagedRegistration.Scope, Change.Update) => SecurityEvent.ScopeChanged,
            (ManagedRegistration.Scope, _) => SecurityEvent.ScopeDeleted,
            (_, Change.Create) => SecurityEvent.PersonCreated,
            _ => SecurityEvent.PersonChanged,
        };
        return (kind == ActorKind.Operator ? actor.Did(happened) : new AuditEntry(happened, kind)) with
        {
            ClientId = difference.Kind == ManagedRegistration.Client ? difference.Name : null,
            Subject = difference.Sub?.ToString(),
            Detail = difference.Kind == ManagedRegistration.Scope ? difference.Name : null,
        };
    }
}
