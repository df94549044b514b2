using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Persistence;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>What a plain request needs of a registration, read once for each version of it.</summary>
internal sealed class PlainClient
{
    private static readonly ConditionalWeakTable<Client, PlainClient> Read = [];

    // Threat: a setting that OpenIddict, or a feature that comes later, would have looked at.
    private static readonly FrozenSet<string> Known = new[]
    {
        ClientSettings.AuthMethod, ClientSettings.IdTokenAlgorithm, ClientSettings.Resources, ClientSettings.ClaimsInIdToken,
        ClientSettings.RefreshTokenGrace, ClientSettings.RequireNonce, ClientSettings.RequireOfflineAccess,
        ClientSettings.PrivateUseSchemes,
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly FrozenSet<string> _permissions;

    private PlainClient(Client row)
    {
        Row = row;
        _permissions = (row.Permissions is { Length: > 0 } json ? JsonSerializer.Deserialize<string[]>(json)! : []).ToFrozenSet();
        var settings = row.Settings is { Length: > 0 } text ? JsonSerializer.Deserialize<ImmutableDictionary<string, string>>(text)! : [];
        IsUnderstood = settings.Keys.All(Known.Contains);
        AuthMethod = settings.GetValueOrDefault(ClientSettings.AuthMethod);
        Resources = settings.List(ClientSettings.Resources);
    }

    public Client Row { get; }

    public string Id => Row.ClientId!;

    /// <summary>Whether all that its registration says is known here.</summary>
    public bool IsUnderstood { get; }

    public string? AuthMethod { get; }

    public IReadOnlyList<string> Resources { get; }

    public static PlainClient Of(Client row) => Read.GetValue(row, static each => new PlainClient(each));

    public bool May(string permission) => _permissions.Contains(permission);
}

/// <summary>
/// Proves clients from memory: registered, confidential, by a method that it may use, with a secret that reads in one way and is known to
/// be right. Whatever else it is, is for OpenIddict to find out.
/// </summary>
internal sealed class PlainClients(Registrations registrations, ClientSecrets secrets)
{
    /// <summary>Null for any doubt.</summary>
    public (PlainClient Client, string Method)? Prove(ProtocolParameters parameters)
    {
        string? id, secret, method;
        if (parameters.Basic is { } basic)
        {
            if (basic is not { ClientIds: [var onlyId], Secrets: [var onlySecret] })
                return null;
            (id, secret, method) = (onlyId, onlySecret, ClientAuthenticationMethods.ClientSecretBasic);
        }
        else
        {
            (id, secret) = (parameters[Parameters.ClientId], parameters[Parameters.ClientSecret]);
            method = ClientAuthenticationMethods.ClientSecretPost;
        }

        if (id is null || string.IsNullOrEmpty(secret) || registrations.KnownClient(id) is not { } row
            || row.ClientType != ClientTypes.Confidential || row.ClientSecret is not { Length: > 0 } stored)
        {
            return null;
        }

        var client = PlainClient.Of(row);
        return client.IsUnderstood && (client.AuthMethod is null || client.AuthMethod == method)
            && (ClientSecrets.IsDigest(stored) ? ClientSecrets.Matches(secret, stored) : secrets.IsProven(secret, stored))
            ? (client, method) : null;
    }
}
