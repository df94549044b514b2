using System.Collections.Immutable;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// What a request asks for, as far as the client may have it. What does not exist or is not the client's is not granted, and the answer's
/// <c>scope</c> says what was (OpenID Connect Core §3.1.2.1, §11); a client that asks every server for the same gets in.
/// </summary>
internal sealed class RequestedScopes(IOpenIddictApplicationManager applications, Registrations registrations, AuthlyOptions options)
{
    /// <summary>
    /// Narrows a request to the client's own; false where nothing is left of what was asked. Without <c>scope</c>, a <c>resource</c> asks
    /// for the client's scopes that reach it (RFC 8707 §2).
    /// </summary>
    public async ValueTask<bool> NarrowAsync(OpenIddictRequest request, CancellationToken cancellationToken)
    {
        var client = await applications.FindByClientIdAsync(request.ClientId!, cancellationToken)
            ?? throw new InvalidOperationException("A validated request names a client that does not exist.");
        var known = await registrations.ScopesAsync(cancellationToken);
        NameAsRegistered(request, known.Values);

        var asked = request.GetScopes();
        List<string> own = [];
        foreach (var scope in asked)
        {
            if (await IsOwnAsync(client, scope, known.ContainsKey(scope), request.GrantType, cancellationToken))
                own.Add(scope);
        }

        if (asked.Length == 0 && request.GetResources() is { Length: > 0 } resources
            && request.GrantType is null or GrantTypes.ClientCredentials)
        {
            foreach (var scope in known.Values.Where(scope => ScopeMetadata.ResourcesOf(scope).Intersect(resources).Any()))
            {
                if (await applications.HasPermissionAsync(client, Permissions.Prefixes.Scope + scope.Name, cancellationToken))
                    own.Add(scope.Name!);
            }
        }

        request.Scope = own.Count == 0 ? null : string.Join(' ', own);
        return own.Count > 0 || asked.Length == 0;
    }

    private async ValueTask<bool> IsOwnAsync(
        object client, string scope, bool isRegistered, string? grantType, CancellationToken cancellationToken)
    {
        // What only a person can grant, a client cannot have for itself.
        if (grantType == GrantTypes.ClientCredentials && StandardScopes.All.Contains(scope))
            return false;
        return scope switch
        {
            Scopes.OpenId => true,
            Scopes.OfflineAccess =>
                await applications.HasPermissionAsync(client, Permissions.GrantTypes.RefreshToken, cancellationToken),
            _ => (isRegistered || StandardScopes.All.Contains(scope))
                && await applications.HasPermissionAsync(client, Permissions.Prefixes.Scope + scope, cancellationToken),
        };
    }

    /// <summary>
    /// Spells each <c>resource</c> as it was registered, where that is the same URI: tokens then have the audience that its API compares.
    /// </summary>
    private void NameAsRegistered(OpenIddictRequest request, ImmutableArray<Scope> scopes)
    {
        if (request.GetResources() is not { Length: > 0 } asked)
            return;
        var registered = scopes.SelectMany(ScopeMetadata.ResourcesOf).Append(options.Issuer!).Distinct().ToList();
        request.Resources = [.. asked.Select(resource =>
            registered.Contains(resource) ? resource
            : registered.Find(each => ResourceIndicators.AreEqual(each, resource)) ?? resource).Distinct()];
    }
}
