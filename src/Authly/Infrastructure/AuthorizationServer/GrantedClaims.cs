using System.Text.Json;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Which of a person's claims a grant tells: by its scopes (OpenID Connect Core §5.4), and one by one as the parameter <c>claims</c> asked
/// (§5.5). Threat: what no scope of the client's would tell it, <c>claims</c> does not tell it either, and the person is asked for both.
/// </summary>
internal sealed class GrantedClaims(IOpenIddictApplicationManager applications, Registrations registrations)
{
    /// <summary>The claim of a sign-in's principal that carries what was asked one by one to its family's row.</summary>
    public const string Carrier = "authly_claims";

    private const string Userinfo = "userinfo";
    private const string IdToken = "id_token";

    /// <summary>The claims of scopes: standard ones and of one's own.</summary>
    public async ValueTask<IEnumerable<string>> OfScopesAsync(IEnumerable<string> scopes, CancellationToken cancellationToken)
    {
        var known = await registrations.ScopesAsync(cancellationToken);
        return scopes.SelectMany(scope => StandardScopes.ClaimsOf(scope)
            .Concat(known.TryGetValue(scope, out var registered) ? ScopeMetadata.ClaimsOf(registered) : [])).Distinct();
    }

    /// <summary>
    /// What of a claims request the client may have: the scopes that hold it, which the person is asked for, and the request as it is kept;
    /// null where there is nothing to keep.
    /// </summary>
    public async ValueTask<(IReadOnlyList<string> Holders, string? Kept)> PermitAsync(
        string clientId, ClaimsRequest request, CancellationToken cancellationToken)
    {
        if (!request.Names.Any())
            return ([], null);
        var holders = await HoldersAsync(clientId, cancellationToken);
        var kept = new Dictionary<string, string[]>
        {
            [Userinfo] = [.. request.Userinfo.Select(claim => claim.Name).Where(holders.ContainsKey)],
            [IdToken] = [.. request.IdToken.Select(claim => claim.Name).Where(holders.ContainsKey)],
        };
        return kept.Values.All(names => names.Length == 0) ? ([], null)
            : ([.. kept.Values.SelectMany(names => names).Select(name => holders[name]).Distinct()], JsonSerializer.Serialize(kept));
    }

    /// <summary>The claims that a kept request adds to userinfo, as far as the client may still have them.</summary>
    public ValueTask<IEnumerable<string>> ForUserinfoAsync(string? kept, string clientId, CancellationToken cancellationToken) =>
        ReadAsync(kept, Userinfo, clientId, cancellationToken);

    /// <summary>So for id tokens.</summary>
    public ValueTask<IEnumerable<string>> ForIdTokenAsync(string? kept, string clientId, CancellationToken cancellationToken) =>
        ReadAsync(kept, IdToken, clientId, cancellationToken);

    private async ValueTask<IEnumerable<string>> ReadAsync(
        string? kept, string member, string clientId, CancellationToken cancellationToken)
    {
        if (kept is null)
            return [];
        var holders = await HoldersAsync(clientId, cancellationToken);
        var names = JsonSerializer.Deserialize<Dictionary<string, string[]>>(kept)!.GetValueOrDefault(member, []);
        return names.Where(holders.ContainsKey).SelectMany(WithProof);
    }

    /// <summary>An address is never told without whether it is proven.</summary>
    private static IEnumerable<string> WithProof(string claim) => claim switch
    {
        Claims.Email => [claim, Claims.EmailVerified],
        Claims.PhoneNumber => [claim, Claims.PhoneNumberVerified],
        _ => [claim],
    };

    /// <summary>By claim, the scope of the client's that tells it.</summary>
    private async ValueTask<Dictionary<string, string>> HoldersAsync(string clientId, CancellationToken cancellationToken)
    {
        Dictionary<string, string> holders = [];
        if (await applications.FindByClientIdAsync(clientId, cancellationToken) is not { } client)
            return holders;
        foreach (var permission in await applications.GetPermissionsAsync(client, cancellationToken))
        {
            if (!permission.StartsWith(Permissions.Prefixes.Scope, StringComparison.Ordinal))
                continue;
            var scope = permission[Permissions.Prefixes.Scope.Length..];
            foreach (var claim in await OfScopesAsync([scope], cancellationToken))
                holders.TryAdd(claim, scope);
        }

        return holders;
    }
}
