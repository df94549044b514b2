using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Clients;

/// <summary>Writes clients in the transaction of whoever changes them.</summary>
internal sealed class ClientRows(AuthlyDbContext context, IOpenIddictApplicationManager applications)
{
    /// <summary>A secret as it is kept. Order: before a transaction, because a chosen secret's hash is slow.</summary>
    public async Task<string?> HashAsync(ClientMetadata metadata, CancellationToken cancellationToken) =>
        metadata.ClientSecret is { } secret ? await Manager.HashAsync(secret, cancellationToken) : null;

    /// <summary>Whether the secret that the metadata say is the client's already; true where they say none.</summary>
    public async Task<bool> HasSecretAsync(Client client, ClientMetadata metadata, CancellationToken cancellationToken) =>
        metadata.ClientSecret is not { } secret
        || (client.ClientSecret is not null && await Manager.IsCurrentSecretAsync(client, secret, cancellationToken));

    /// <exception cref="RefusedException">It has no secret, and is not public; its id is the subject of a person: 400.</exception>
    public async Task<Client> CreateAsync(ClientMetadata metadata, string? secretHash, CancellationToken cancellationToken)
    {
        var client = new Client();
        await FillAsync(client, metadata, secretHash, cancellationToken);
        // Threat: a token of the client for itself would say that person's subject (RFC 9068 §5).
        if (Guid.TryParse(metadata.ClientId, out var id) && await context.Users.AnyAsync(user => user.Id == id, cancellationToken))
            throw new RefusedException(Refusal.Wrong("client_id", "is the subject of a person."));
        context.Clients.Add(client);
        await context.SaveChangesAsync(cancellationToken);
        return client;
    }

    /// <summary>Makes it all that the metadata says.</summary>
    /// <param name="secretHash">Null leaves the secret that it has.</param>
    /// <exception cref="RefusedException">It has no secret, and is not public: 400.</exception>
    public async Task ReplaceAsync(Client client, ClientMetadata metadata, string? secretHash, CancellationToken cancellationToken)
    {
        var former = new OpenIddictApplicationDescriptor();
        await applications.PopulateAsync(former, client, cancellationToken);
        var settings = secretHash is null ? former.Settings : null;
        await FillAsync(client, metadata, secretHash ?? client.ClientSecret, cancellationToken, settings);
        client.ConcurrencyToken = Guid.NewGuid().ToString();
        await context.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Deletes what it was granted, and then, with the consents of people, the client.</summary>
    public async Task DeleteAsync(Client client, CancellationToken cancellationToken)
    {
        await DeleteGrantsAsync(client.ClientId!, cancellationToken);
        // Threat: another client that is given the id later must not be taken for one that people have allowed.
        await context.Consents.Where(consent => consent.ClientId == client.ClientId).ExecuteDeleteAsync(cancellationToken);
        context.Clients.Remove(client);
        await context.SaveChangesAsync(cancellationToken);
    }

    public async Task DeleteGrantsAsync(string clientId, CancellationToken cancellationToken)
    {
        await context.Tokens.Where(token => token.Application!.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
        await context.Authorizations.Where(family => family.Application!.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>
    /// The client, for one transaction at a time; null where there is none. Race: a token that is written meanwhile waits, and finds then
    /// what has become of it.
    /// </summary>
    public async Task<Client?> LockAsync(string clientId, CancellationToken cancellationToken)
    {
        // SQLite has one writer in any case.
        if (context.Database.IsNpgsql())
            await context.Database.ExecuteSqlAsync(
                $"""select 1 from applications where "ClientId" = {clientId} for update""", cancellationToken);
        return await context.Clients.SingleOrDefaultAsync(each => each.ClientId == clientId, cancellationToken);
    }

    private async Task FillAsync(Client client, ClientMetadata metadata, string? secretHash, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? settings = null)
    {
        if (secretHash is null && !metadata.IsPublic)
            throw new RefusedException(Refusal.Invalid("client_secret is required for a confidential client."));
        var descriptor = metadata.ToDescriptor();
        descriptor.ClientSecret = metadata.IsPublic ? null : secretHash;
        foreach (var name in new[] { ClientSettings.PreviousSecret, ClientSettings.PreviousSecretUntil })
        {
            if (!metadata.IsPublic && settings?.GetValueOrDefault(name) is { } value)
                descriptor.Settings[name] = value;
        }

        await applications.PopulateAsync(client, descriptor, cancellationToken);
        client.IsDisabled = metadata.Disabled;
    }

    private ClientManager Manager => (ClientManager)applications;
}
