using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>
/// Proves clients from memory: registered, by a method that it may use, with a secret that reads in one way and is known to be right, or
/// public and without one. Whatever else it is, is for OpenIddict to find out.
/// </summary>
internal sealed class PlainClients(Registrations registrations, ClientSecrets secrets)
{
    /// <summary>Null for any doubt.</summary>
    /// <param name="mayBePublic">Whether it may be one that has no secret, and says so.</param>
    public (KnownClient Client, string Method)? Prove(ProtocolParameters parameters, bool mayBePublic)
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
            method = secret is null ? ClientAuthenticationMethods.None : ClientAuthenticationMethods.ClientSecretPost;
        }

        if (id is null || registrations.KnownClient(id) is not { } row || KnownClient.Of(row) is not { IsUnderstood: true } client
            || (client.AuthMethod is not null && client.AuthMethod != method))
        {
            return null;
        }

        var isProven = method == ClientAuthenticationMethods.None
            ? mayBePublic && row is { ClientType: ClientTypes.Public, ClientSecret: null }
            : row is { ClientType: ClientTypes.Confidential, ClientSecret: { Length: > 0 } stored } && !string.IsNullOrEmpty(secret)
                && (ClientSecrets.IsDigest(stored) ? ClientSecrets.Matches(secret, stored) : secrets.IsProven(secret, stored));
        return isProven ? (client, method) : null;
    }
}
