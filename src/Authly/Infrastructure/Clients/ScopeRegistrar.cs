using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Clients;

/// <summary>Makes, changes and deletes scopes for whoever administers them, in one transaction with a row of the audit log.</summary>
internal sealed class ScopeRegistrar(AuthlyDbContext context, IOpenIddictScopeManager scopes, AuditLog audit, Actor actor)
{
    private static readonly Refusal Exists = Refusal.Invalid("There is a scope of that name already.", StatusCodes.Status409Conflict);

    /// <summary>A scope, and its version, which is another one after each change.</summary>
    /// <exception cref="RefusedException">There is no such scope: 404.</exception>
    public async Task<(ScopeMetadata Scope, string Version)> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var row = await FindAsync(name, cancellationToken);
        var descriptor = new OpenIddictScopeDescriptor();
        await scopes.PopulateAsync(descriptor, row, cancellationToken);
        return (ScopeMetadata.From(descriptor), row.ConcurrencyToken!);
    }

    /// <exception cref="RefusedException">There is one of that name: 409.</exception>
    public async Task CreateAsync(ScopeMetadata scope, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Scopes.AnyAsync(each => each.Name == scope.Name, cancellationToken))
            throw new RefusedException(Exists);
        try
        {
            await scopes.CreateAsync(scope.ToDescriptor(), cancellationToken).AsTask().OrExistsAsync(Exists);
        }
        catch (OpenIddictExceptions.ValidationException)
        {
            // Race: it looks for one of that name itself, and all else has been validated.
            throw new RefusedException(Exists);
        }

        await audit.CommitAsync(transaction, Did(SecurityEvent.ScopeCreated, scope.Name), cancellationToken);
    }

    /// <summary>Makes a scope all that the metadata says.</summary>
    /// <param name="version">The scope's when it was read. Race: what somebody else changed since would be lost.</param>
    /// <exception cref="RefusedException">There is no such scope: 404. It is of another version: 412.</exception>
    public async Task UpdateAsync(ScopeMetadata scope, string version, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var row = await LockAsync(scope.Name, cancellationToken);
        if (row.ConcurrencyToken != version)
            throw new RefusedException(Refusal.Changed);
        await scopes.UpdateAsync(row, scope.ToDescriptor(), cancellationToken);
        await audit.CommitAsync(transaction, Did(SecurityEvent.ScopeChanged, scope.Name), cancellationToken);
    }

    /// <summary>Deletes a scope: it falls out of what clients may ask for, and out of what they hold when they refresh it.</summary>
    /// <exception cref="RefusedException">There is no such scope: 404.</exception>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await scopes.DeleteAsync(await LockAsync(name, cancellationToken), cancellationToken);
        await audit.CommitAsync(transaction, Did(SecurityEvent.ScopeDeleted, name), cancellationToken);
    }

    private async Task<Scope> LockAsync(string name, CancellationToken cancellationToken)
    {
        // SQLite has one writer in any case.
        if (context.Database.IsNpgsql())
            await context.Database.ExecuteSqlAsync($"""select 1 from scopes where "Name" = {name} for update""", cancellationToken);
        return await FindAsync(name, cancellationToken);
    }

    private async Task<Scope> FindAsync(string name, CancellationToken cancellationToken) =>
        await context.Scopes.SingleOrDefaultAsync(each => each.Name == name, cancellationToken)
            ?? throw new RefusedException(Refusal.Missing("scope"));

    private AuditEntry Did(SecurityEvent happened, string name) => actor.Did(happened) with { Detail = name };
}
