using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using Client = OpenIddict.EntityFrameworkCore.Models.OpenIddictEntityFrameworkCoreApplication<System.Guid>;

namespace Authly.Infrastructure.Clients;

/// <summary>OpenIddict's manager of clients over <see cref="Registrations"/>, with secrets as <see cref="ClientSecrets"/> keeps them.</summary>
internal sealed class ClientManager(IOpenIddictApplicationCache<Client> cache, ILogger<OpenIddictApplicationManager<Client>> logger, IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<Client> store, Registrations registrations, ClientSecrets secrets)
    : OpenIddictApplicationManager<Client>(cache, logger, options, store)
{
    public override ValueTask<Client?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken = default) =>
        registrations.ClientAsync(identifier, cancellationToken);

    protected override async ValueTask<string> ObfuscateClientSecretAsync(string secret, CancellationToken cancellationToken = default) =>
        ClientSecrets.IsGenerated(secret) ? ClientSecrets.Digest(secret) : await base.ObfuscateClientSecretAsync(secret, cancellationToken);

    protected override async ValueTask<bool> ValidateClientSecretAsync(string secret, string comparand, CancellationToken cancellationToken = default)
    {
        if (ClientSecrets.IsDigest(comparand))
        {
            if (ClientSecrets.Matches(secret, comparand))
                return true;
            await WasteAsync(secret, cancellationToken);
            return false;
        }

        if (secrets.IsProven(secret, comparand))
            return true;
        if (!await base.ValidateClientSecretAsync(secret, comparand, cancellationToken))
            return false;
        secrets.Prove(secret, comparand);
        return true;
    }

    /// <summary>Takes as long as a wrong secret of a slow hash does. Threat: else the time tells which client ids exist.</summary>
    public async ValueTask WasteAsync(string secret, CancellationToken cancellationToken) =>
        await base.ValidateClientSecretAsync(secret, secrets.Decoy ??= await base.ObfuscateClientSecretAsync("decoy", cancellationToken), cancellationToken);
}
