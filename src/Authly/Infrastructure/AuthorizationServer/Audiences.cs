using System.Security.Claims;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Who an access token is for. Every one has an audience: without, any confidential client could introspect and revoke it.
/// </summary>
internal sealed class Audiences(Registrations registrations, AuthlyOptions options)
{
    /// <summary>Whether what a token request asks to narrow to was granted (RFC 8707 §2.2).</summary>
    public static bool Covers(ClaimsPrincipal granted, IReadOnlyCollection<string> requested) =>
        !requested.Except(granted.GetResources()).Any();

    /// <summary>The scopes among those granted that mean something to these resources: those of no API are this server's own.</summary>
    public async Task<IReadOnlyCollection<string>> ScopesForAsync(
        IEnumerable<string> granted, IReadOnlyCollection<string> resources, CancellationToken cancellationToken)
    {
        List<string> meant = [];
        foreach (var scope in granted)
        {
            if (await ForAsync([scope], [], cancellationToken) is { } reached && reached.Intersect(resources).Any())
                meant.Add(scope);
        }

        return meant;
    }

    /// <summary>
    /// The resources of the scopes, and this server itself for userinfo; narrowed to what <c>resource</c> names (RFC 8707 §2.2).
    /// Null where it names one that the scopes do not reach: <c>invalid_target</c>.
    /// </summary>
    public async Task<IReadOnlyCollection<string>?> ForAsync(
        IEnumerable<string> granted, IReadOnlyCollection<string> requested, CancellationToken cancellationToken)
    {
        var names = granted.ToList();
        var resources = new HashSet<string>(StringComparer.Ordinal);
        var known = await registrations.ScopesAsync(cancellationToken);
        foreach (var name in names)
        {
            if (known.TryGetValue(name, out var scope))
                resources.UnionWith(ScopeMetadata.ResourcesOf(scope));
        }

        if (names.Contains(Scopes.OpenId) || resources.Count == 0)
            resources.Add(options.Issuer!);

        if (requested.Count == 0)
            return resources;
        return requested.All(resources.Contains) ? [.. requested.Distinct()] : null;
    }
}
