using System.Globalization;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Clients;

/// <summary>Makes, changes and deletes clients for whoever administers them, in one transaction with a row of the audit log.</summary>
internal sealed class ClientRegistrar(
    AuthlyDbContext context, IOpenIddictApplicationManager applications, AuditLog audit, TimeProvider time)
{
    /// <exception cref="RefusedException">There is one of that id: 409. It names a scope that is not registered: 400.</exception>
    public async Task CreateAsync(ClientMetadata client, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var known = await context.Scopes.AsNoTracking().Select(scope => scope.Name!).ToListAsync(cancellationToken);
        foreach (var scope in client.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (!StandardScopes.All.Contains(scope) && !known.Contains(scope))
                throw new RefusedException(Refusal.Invalid($"scope names '{scope}', which is not registered."));
        }

        if (await context.Clients.AnyAsync(each => each.ClientId == client.ClientId, cancellationToken))
            throw new RefusedException(Refusal.Invalid("There is a client of that id already.", StatusCodes.Status409Conflict));
        await applications.CreateAsync(client.ToDescriptor(), cancellationToken);
        await audit.CommitAsync(transaction, ByOperator(SecurityEvent.ClientCreated, client.ClientId), cancellationToken);
    }

    /// <summary>Gives a client a new secret; the one before stays good beside it for a while.</summary>
    /// <returns>The secret, which is kept as its digest only, and until when the one before is good.</returns>
    /// <exception cref="RefusedException">There is no such client: 404. It has no secret: 409.</exception>
    public async Task<(string Secret, DateTime PreviousUntil)> RotateSecretAsync(
        string clientId, TimeSpan grace, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var client = await LockAsync(clientId, cancellationToken);
        if (client.ClientSecret is not { Length: > 0 } previous)
            throw new RefusedException(Refusal.Invalid("It is a public client, which has no secret.", StatusCodes.Status409Conflict));

        var (secret, until) = (ClientSecrets.Generate(), time.GetUtcNow() + grace);
        var descriptor = new OpenIddictApplicationDescriptor();
        await applications.PopulateAsync(descriptor, client, cancellationToken);
        descriptor.ClientSecret = secret;
        descriptor.Settings.Remove(ClientSettings.PreviousSecret);
        descriptor.Settings.Remove(ClientSettings.PreviousSecretUntil);
        // Threat: one that has leaked would be good at an instance whose clock is behind.
        if (grace > TimeSpan.Zero)
        {
            descriptor.Settings[ClientSettings.PreviousSecret] = previous;
            descriptor.Settings[ClientSettings.PreviousSecretUntil] = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }

        await applications.UpdateAsync(client, descriptor, cancellationToken);
        await audit.CommitAsync(transaction, ByOperator(SecurityEvent.ClientSecretRotated, clientId), cancellationToken);
        return (secret, until.UtcDateTime);
    }

    /// <summary>Deletes a client with all that it was granted: its tokens are inactive at once.</summary>
    /// <exception cref="RefusedException">There is no such client: 404.</exception>
    public async Task DeleteAsync(string clientId, CancellationToken cancellationToken)
    {
        // Order: most of it before the lock, which all writers of tokens would wait for.
        await DeleteGrantsAsync(clientId, cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var client = await LockAsync(clientId, cancellationToken);
        await DeleteGrantsAsync(clientId, cancellationToken);
        // Threat: another client that is given the id later must not be taken for one that people have allowed.
        await context.Consents.Where(consent => consent.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
        context.Clients.Remove(client);
        await context.SaveChangesAsync(cancellationToken);
        await audit.CommitAsync(transaction, ByOperator(SecurityEvent.ClientDeleted, clientId), cancellationToken);
    }

    private async Task DeleteGrantsAsync(string clientId, CancellationToken cancellationToken)
    {
        await context.Tokens.Where(token => token.Application!.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
        await context.Authorizations.Where(family => family.Application!.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>
    /// The client, for one transaction at a time. Race: a token that is written meanwhile waits, and finds then what has become of it.
    /// </summary>
    private async Task<Client> LockAsync(string clientId, CancellationToken cancellationToken)
    {
        // SQLite has one writer in any case.
        if (context.Database.IsNpgsql())
            await context.Database.ExecuteSqlAsync(
                $"""select 1 from applications where "ClientId" = {clientId} for update""", cancellationToken);
        return await context.Clients.SingleOrDefaultAsync(each => each.ClientId == clientId, cancellationToken)
            ?? throw new RefusedException(Refusal.Invalid("There is no such client.", StatusCodes.Status404NotFound));
    }

    private static AuditEntry ByOperator(SecurityEvent happened, string clientId) =>
        new(happened, ActorKind.Operator) { ClientId = clientId };
}
