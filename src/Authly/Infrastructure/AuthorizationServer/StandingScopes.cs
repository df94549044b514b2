using System.Security.Claims;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// What a person granted is good for as long as the client may still ask for it: a scope that was taken from the client since, or that no
/// longer exists, falls out of its codes and refresh tokens, and with it the resources that nothing else reaches.
/// </summary>
internal sealed class StandingScopes(Registrations registrations, Audiences audiences, AuthlyOptions options)
{
    // OpenIddict asks for no permission for these two.
    private static readonly string[] Always = [Scopes.OpenId, Scopes.OfflineAccess];

    public async Task NarrowAsync(ClaimsPrincipal grant, string clientId, CancellationToken cancellationToken)
    {
        var client = KnownClient.Of(await registrations.ClientAsync(clientId, cancellationToken)
            ?? throw new RefusedException(Refusal.NoSuchClient("The client is not registered any more.")));
        var known = await registrations.ScopesAsync(cancellationToken);
        var granted = grant.GetScopes();
        List<string> standing = [];
        foreach (var scope in granted)
        {
            if (Always.Contains(scope)
                || ((StandardScopes.ClaimsOf(scope).Any() || known.ContainsKey(scope)) && client.May(Permissions.Prefixes.Scope + scope)))
            {
                standing.Add(scope);
            }
        }

        if (standing.Count == granted.Length)
            return;
        var reached = await audiences.ForAsync(standing, [], cancellationToken) ?? [];
        var left = grant.GetResources().Intersect(reached).ToList();
        // Threat: a token of no audience is everybody's.
        grant.SetScopes(standing).SetResources(left.Count > 0 ? left : [options.Issuer!]);
    }
}
