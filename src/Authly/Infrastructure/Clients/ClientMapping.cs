using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// Between a client's metadata and OpenIddict's application, both ways. What OpenIddict has no place for is a setting or property of the
/// metadata's own name.
/// </summary>
internal static class ClientMapping
{
    private static readonly (string Name, Func<ClientMetadata, string?> Read)[] Texts =
    [
        ("client_uri", client => client.ClientUri), ("logo_uri", client => client.LogoUri), ("policy_uri", client => client.PolicyUri),
        ("tos_uri", client => client.TosUri), ("contacts", client => client.Contacts.Count == 0 ? null : string.Join(' ', client.Contacts)),
    ];

    public static OpenIddictApplicationDescriptor ToDescriptor(this ClientMetadata client)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.ClientId,
            ClientSecret = client.ClientSecret,
            ClientType = client.IsPublic ? ClientTypes.Public : ClientTypes.Confidential,
            ApplicationType = client.ApplicationType,
            ConsentType = client.SkipConsent ? ConsentTypes.Implicit : ConsentTypes.Explicit,
            DisplayName = client.ClientName,
        };
        descriptor.RedirectUris.UnionWith(client.RedirectUris.Select(uri => new Uri(uri)));
        descriptor.PostLogoutRedirectUris.UnionWith(client.PostLogoutRedirectUris.Select(uri => new Uri(uri)));
        descriptor.Permissions.UnionWith(Permissions(client));
        if (client.RequirePkce)
            descriptor.Requirements.Add(Requirements.Features.ProofKeyForCodeExchange);

        foreach (var (name, value) in Settings(client))
        {
            if (value is { Length: > 0 })
                descriptor.Settings[name] = value;
        }

        foreach (var (name, read) in Texts)
        {
            if (read(client) is { } value)
                descriptor.Properties[name] = JsonSerializer.SerializeToElement(value);
        }

        return descriptor;
    }

    /// <summary>The metadata of a registered client; its secret is not readable.</summary>
    public static async Task<ClientMetadata> ToMetadataAsync(
        this IOpenIddictApplicationManager applications, Client client, CancellationToken cancellationToken)
    {
        var descriptor = new OpenIddictApplicationDescriptor();
        await applications.PopulateAsync(descriptor, client, cancellationToken);
        return descriptor.ToMetadata() with { Disabled = client.IsDisabled };
    }

    public static ClientMetadata ToMetadata(this OpenIddictApplicationDescriptor descriptor)
    {
        var settings = descriptor.Settings.ToImmutableDictionary();
        return new ClientMetadata
        {
            ClientId = descriptor.ClientId!,
            ClientName = descriptor.DisplayName,
            RedirectUris = [.. descriptor.RedirectUris.Select(uri => uri.OriginalString)],
            PostLogoutRedirectUris = [.. descriptor.PostLogoutRedirectUris.Select(uri => uri.OriginalString)],
            GrantTypes = Permitted(descriptor, OpenIddictConstants.Permissions.Prefixes.GrantType),
            ResponseTypes = Permitted(descriptor, OpenIddictConstants.Permissions.Prefixes.ResponseType),
            TokenEndpointAuthMethod = settings.GetValueOrDefault(ClientSettings.AuthMethod)
                ?? (descriptor.ClientType == ClientTypes.Public ? ClientAuthenticationMethods.None : null),
            Scope = string.Join(' ', Permitted(descriptor, OpenIddictConstants.Permissions.Prefixes.Scope)),
            ApplicationType = descriptor.ApplicationType ?? ApplicationTypes.Web,
            IdTokenSignedResponseAlg = settings.GetValueOrDefault(ClientSettings.IdTokenAlgorithm),
            Resources = settings.List(ClientSettings.Resources),
            ClaimsInIdToken = settings.Is(ClientSettings.ClaimsInIdToken, otherwise: false),
            RefreshTokenGrace = (int?)settings.Seconds(ClientSettings.RefreshTokenGrace)?.TotalSeconds,
            RequireNonce = settings.Is(ClientSettings.RequireNonce, otherwise: true),
            RequireOfflineAccess = settings.Is(ClientSettings.RequireOfflineAccess, otherwise: true),
            PrivateUseSchemes = settings.List(ClientSettings.PrivateUseSchemes),
            ClientUri = Text("client_uri"),
            LogoUri = Text("logo_uri"),
            PolicyUri = Text("policy_uri"),
            TosUri = Text("tos_uri"),
            Contacts = Text("contacts")?.Split(' ') ?? [],
            RequirePkce = descriptor.Requirements.Contains(Requirements.Features.ProofKeyForCodeExchange),
            SkipConsent = descriptor.ConsentType == ConsentTypes.Implicit,
            ClientType = descriptor.ClientType,
        };

        string? Text(string name) => descriptor.Properties.TryGetValue(name, out var value) ? value.GetString() : null;
    }

    /// <summary>What is as it is without saying is not said, so that it can change.</summary>
    private static IEnumerable<(string Name, string? Value)> Settings(ClientMetadata client) =>
    [
        (ClientSettings.AuthMethod, client.TokenEndpointAuthMethod),
        (ClientSettings.IdTokenAlgorithm, client.IdTokenSignedResponseAlg),
        (ClientSettings.Resources, string.Join(' ', client.Resources)),
        (ClientSettings.ClaimsInIdToken, client.ClaimsInIdToken ? bool.TrueString : null),
        (ClientSettings.RefreshTokenGrace, client.RefreshTokenGrace?.ToString(CultureInfo.InvariantCulture)),
        (ClientSettings.RequireNonce, client.RequireNonce ? null : bool.FalseString),
        (ClientSettings.RequireOfflineAccess, client.RequireOfflineAccess ? null : bool.FalseString),
        (ClientSettings.PrivateUseSchemes, string.Join(' ', client.PrivateUseSchemes)),
    ];

    /// <summary>OpenIddict's permissions: of endpoints, of the grants, of what the grants begin with, and of scopes.</summary>
    private static IEnumerable<string> Permissions(ClientMetadata client)
    {
        yield return OpenIddictConstants.Permissions.Endpoints.Token;
        yield return OpenIddictConstants.Permissions.Endpoints.Revocation;
        if (!client.IsPublic)
            yield return OpenIddictConstants.Permissions.Endpoints.Introspection;
        foreach (var grant in client.GrantTypes)
        {
            yield return OpenIddictConstants.Permissions.Prefixes.GrantType + grant;
            if (Declared.Grant(grant)?.Declaration.ResponseType is not { } responseType)
                continue;
            yield return OpenIddictConstants.Permissions.Prefixes.ResponseType + responseType;
            yield return OpenIddictConstants.Permissions.Endpoints.Authorization;
            yield return OpenIddictConstants.Permissions.Endpoints.EndSession;
        }

        foreach (var scope in client.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? StandardScopes.All)
            yield return OpenIddictConstants.Permissions.Prefixes.Scope + scope;
    }

    private static IReadOnlyList<string> Permitted(OpenIddictApplicationDescriptor descriptor, string prefix) =>
        [.. descriptor.Permissions.Where(permission => permission.StartsWith(prefix, StringComparison.Ordinal))
            .Select(permission => permission[prefix.Length..])];
}
