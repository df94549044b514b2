using System.Globalization;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Clients;

/// <summary>Makes, changes and deletes clients for whoever administers them, in one transaction with a row of the audit log.</summary>
internal sealed class ClientRegistrar(
    AuthlyDbContext context, ClientRows rows, IOpenIddictApplicationManager applications, AuditLog audit, Actor actor,
    TimeProvider time)
{
    private static readonly Refusal Exists = Refusal.Invalid("There is a client of that id already.", StatusCodes.Status409Conflict);

    /// <exception cref="RefusedException">There is one of that id: 409. It names a scope that is not registered: 400.</exception>
    public async Task CreateAsync(ClientMetadata client, CancellationToken cancellationToken)
    {
        var hash = await rows.HashAsync(client, cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await RequireScopesAsync(client, cancellationToken);
        actor.RequireAll(AdminScopes.Of(client.Scope));
        if (await context.Clients.AnyAsync(each => each.ClientId == client.ClientId, cancellationToken))
            throw new RefusedException(Exists);
        await rows.CreateAsync(client, hash, cancellationToken).OrExistsAsync(Exists);
        await audit.CommitAsync(transaction, Did(SecurityEvent.ClientCreated, client.ClientId), cancellationToken);
    }

    /// <summary>Makes a client all that the metadata says; its secret stays, and whether it is disabled.</summary>
    /// <param name="version">The client's when the metadata were read. Race: what somebody else changed since would be lost.</param>
    /// <exception cref="RefusedException">
    /// There is no such client: 404. It is of another version: 412. It names a scope that is not registered: 400.
    /// </exception>
    public async Task UpdateAsync(ClientMetadata client, string version, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var existing = await LockAsync(client.ClientId, cancellationToken);
        if (existing.ConcurrencyToken != version)
            throw new RefusedException(Refusal.Changed);
        // A scope that was deleted stays in the metadata of those who named it, which can be changed all the same.
        var before = (await applications.ToMetadataAsync(existing, cancellationToken)).Scope;
        await RequireScopesAsync(client, cancellationToken, before);
        actor.RequireAll(AdminScopes.Of(client.Scope));
        // Threat: whoever writes the metadata that they know would let in again what somebody disabled meanwhile.
        await rows.ReplaceAsync(existing, client with { Disabled = existing.IsDisabled }, secretHash: null, cancellationToken);
        await audit.CommitAsync(transaction, Did(SecurityEvent.ClientChanged, client.ClientId), cancellationToken);
    }

    /// <summary>Disables a client, which is then as if it did not exist, and whose tokens are inactive; or takes that back.</summary>
    /// <exception cref="RefusedException">There is no such client: 404.</exception>
    public async Task SetDisabledAsync(string clientId, bool isDisabled, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var client = await LockAsync(clientId, cancellationToken);
        client.IsDisabled = isDisabled;
        client.ConcurrencyToken = Guid.NewGuid().ToString();
        await context.SaveChangesAsync(cancellationToken);
        var happened = isDisabled ? SecurityEvent.ClientDisabled : SecurityEvent.ClientEnabled;
        await audit.CommitAsync(transaction, Did(happened, clientId), cancellationToken);
    }

    /// <summary>Gives a client a new secret; the one before stays good beside it for a while.</summary>
    /// <returns>The secret, which is kept as its digest only, and until when the one before is good.</returns>
    /// <exception cref="RefusedException">There is no such client: 404. It has no secret: 409. It is of another version: 412.</exception>
    public async Task<(string Secret, DateTime PreviousUntil)> RotateSecretAsync(
        string clientId, TimeSpan grace, string? version, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var client = await LockAsync(clientId, cancellationToken);
        // Race: a request that is sent twice would end the secret that is in use, and leave one beside it that nobody has seen.
        if (version is not null && version != client.ConcurrencyToken)
            throw new RefusedException(Refusal.Changed);
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

        var before = client.ConcurrencyToken;
        await applications.UpdateAsync(client, descriptor, cancellationToken);
        // A new secret is no difference from the file that made the client.
        await context.Set<ManagedRegistration>()
            .Where(managed => managed.Kind == ManagedRegistration.Client && managed.Name == clientId && managed.Version == before)
            .ExecuteUpdateAsync(managed => managed.SetProperty(entity => entity.Version, client.ConcurrencyToken), cancellationToken);
        await audit.CommitAsync(transaction, Did(SecurityEvent.ClientSecretRotated, clientId), cancellationToken);
        return (secret, until.UtcDateTime);
    }

    /// <summary>Deletes a client with all that it was granted: its tokens are inactive at once.</summary>
    /// <exception cref="RefusedException">There is no such client: 404.</exception>
    public async Task DeleteAsync(string clientId, CancellationToken cancellationToken)
    {
        var known = await context.Clients.AsNoTracking().SingleOrDefaultAsync(each => each.ClientId == clientId, cancellationToken);
        await RequireAllOfAsync(known, cancellationToken);
        // Order: most of it before the lock, which all writers of tokens would wait for.
        await rows.DeleteGrantsAsync(clientId, cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await rows.DeleteAsync(await LockAsync(clientId, cancellationToken), cancellationToken);
        await audit.CommitAsync(transaction, Did(SecurityEvent.ClientDeleted, clientId), cancellationToken);
    }

    /// <exception cref="RefusedException">There is none: 404. It may do more than who asks: 403.</exception>
    private async Task<Client> LockAsync(string clientId, CancellationToken cancellationToken)
    {
        var client = await rows.LockAsync(clientId, cancellationToken);
        await RequireAllOfAsync(client, cancellationToken);
        return client!;
    }

    private async Task RequireAllOfAsync(Client? client, CancellationToken cancellationToken) => actor.RequireAll(AdminScopes.Of(
        (await applications.ToMetadataAsync(client ?? throw new RefusedException(Refusal.Missing("client")), cancellationToken)).Scope));

    private async Task RequireScopesAsync(ClientMetadata client, CancellationToken cancellationToken, string? before = null)
    {
        var known = await context.Scopes.AsNoTracking().Select(scope => scope.Name!).ToListAsync(cancellationToken);
        known.AddRange((before ?? "").Split(' '));
        if (client.UnknownScope(known) is { } scope)
            throw new RefusedException(Refusal.Invalid($"scope names '{scope}', which is not registered."));
    }

    private AuditEntry Did(SecurityEvent happened, string clientId) => actor.Did(happened) with { ClientId = clientId };
}
