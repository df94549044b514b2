using System.Globalization;
using Authly.Infrastructure.Persistence;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// OpenIddict's manager of clients over <see cref="Registrations"/>, with secrets as <see cref="ClientSecrets"/> keeps them.
/// </summary>
internal sealed class ClientManager(IOpenIddictApplicationCache<Client> cache, ILogger<OpenIddictApplicationManager<Client>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options, IOpenIddictApplicationStore<Client> store, Registrations registrations,
        ClientSecrets secrets, TimeProvider time)
    : OpenIddictApplicationManager<Client>(cache, logger, options, store)
{
    private Client? _found;

    // Race: one that is deleted or disabled during a request stays there for the rest of it, which OpenIddict relies on.
    public override async ValueTask<Client?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken = default) =>
        await registrations.ClientAsync(identifier, cancellationToken) is { } client ? _found = client
            : _found?.ClientId == identifier ? _found : null;

    public override async ValueTask<bool> ValidateClientSecretAsync(
        Client application, string secret, CancellationToken cancellationToken = default)
    {
        if (await base.ValidateClientSecretAsync(application, secret, cancellationToken)
            || await IsPreviousAsync(application, secret, cancellationToken))
        {
            return true;
        }

        // The same work as for a client that nobody knows. It may have changed a moment ago, too.
        var read = await registrations.ReadClientAsync(application.ClientId!, cancellationToken);
        return read is not null && read.ClientSecret != application.ClientSecret
            && await base.ValidateClientSecretAsync(read, secret, cancellationToken);
    }

    /// <summary>A secret as it is kept: a digest of one that was generated, a slow hash of any other.</summary>
    public ValueTask<string> HashAsync(string secret, CancellationToken cancellationToken) =>
        ObfuscateClientSecretAsync(secret, cancellationToken);

    /// <summary>Whether it is the current secret, and not the one before.</summary>
    public ValueTask<bool> IsCurrentSecretAsync(Client application, string secret, CancellationToken cancellationToken) =>
        base.ValidateClientSecretAsync(application, secret, cancellationToken);

    /// <summary>Whether it is the secret before the current one, while that is good beside it.</summary>
    private async ValueTask<bool> IsPreviousAsync(Client application, string secret, CancellationToken cancellationToken)
    {
        var settings = await GetSettingsAsync(application, cancellationToken);
        return settings.TryGetValue(ClientSettings.PreviousSecret, out var previous)
            && settings.TryGetValue(ClientSettings.PreviousSecretUntil, out var until)
            && time.GetUtcNow().ToUnixTimeSeconds() < long.Parse(until, CultureInfo.InvariantCulture)
            && await ValidateClientSecretAsync(secret, previous, cancellationToken);
    }

    /// <summary>Compares as text, to the letter (OAuth 2.1 §4.1.1); <see cref="RedirectUris"/> says where the port is free.</summary>
    public override async ValueTask<bool> ValidateRedirectUriAsync(
        Client application, string uri, CancellationToken cancellationToken = default) =>
        RedirectUris.Contains(await GetRedirectUrisAsync(application, cancellationToken), application.ApplicationType, uri);

    public override async ValueTask<bool> ValidatePostLogoutRedirectUriAsync(
        Client application, string uri, CancellationToken cancellationToken = default) =>
        RedirectUris.Contains(await GetPostLogoutRedirectUrisAsync(application, cancellationToken), application.ApplicationType, uri);

    protected override async ValueTask<string> ObfuscateClientSecretAsync(string secret, CancellationToken cancellationToken = default) =>
        ClientSecrets.IsGenerated(secret) ? ClientSecrets.Digest(secret) : await base.ObfuscateClientSecretAsync(secret, cancellationToken);

    protected override async ValueTask<bool> ValidateClientSecretAsync(
        string secret, string comparand, CancellationToken cancellationToken = default)
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
        if (!await secrets.RunAsync(() => base.ValidateClientSecretAsync(secret, comparand, cancellationToken), cancellationToken))
            return false;
        secrets.Prove(secret, comparand);
        return true;
    }

    /// <summary>
    /// The client whose secret can be compared; null, after the work that a wrong secret costs, for an id that nobody has or a client
    /// without a secret. Threat: else the time tells which client ids exist.
    /// </summary>
    public async ValueTask<Client?> FindConfidentialAsync(string clientId, string secret, CancellationToken cancellationToken)
    {
        // What is remembered of an unknown id would make its second request cheaper than a known client's.
        var client = registrations.KnownClient(clientId) ?? await registrations.ReadClientAsync(clientId, cancellationToken);
        if (client?.ClientType == OpenIddictConstants.ClientTypes.Confidential)
            return client;
        await WasteAsync(secret, cancellationToken);
        return null;
    }

    private async ValueTask WasteAsync(string secret, CancellationToken cancellationToken)
    {
        var decoy = secrets.Decoy ??= await base.ObfuscateClientSecretAsync("decoy", cancellationToken);
        await secrets.RunAsync(() => base.ValidateClientSecretAsync(secret, decoy, cancellationToken), cancellationToken);
    }
}
