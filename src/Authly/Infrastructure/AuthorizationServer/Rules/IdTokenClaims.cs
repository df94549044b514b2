using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Tokens;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Puts a person's claims into the id token: those that the parameter <c>claims</c> asked for there (OpenID Connect Core §5.5), and those
/// of the granted scopes for a client that reads nothing else. Others ask userinfo, and tokens stay small (§5.4).
/// </summary>
internal sealed class AddIdTokenClaims(IOpenIddictApplicationManager applications, GrantedClaims granted, TokenEntries entries,
    UserAccounts accounts) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context is not
            {
                GenerateIdentityToken: true, EndpointType: OpenIddictServerEndpointType.Token, IdentityTokenPrincipal: { } token
            })
        {
            return;
        }

        var names = await NamesAsync(context);
        if (names.Count == 0 || await accounts.FindActiveAsync(token.GetClaim(Claims.Subject), context.CancellationToken) is not { } user)
            return;
        var known = PersonClaims.Of(user);
        var identity = (ClaimsIdentity)token.Identity!;
        foreach (var name in names)
        {
            if (known[name] is { } value)
                identity.AddClaim(ToClaim(name, value));
        }
    }

    private async ValueTask<HashSet<string>> NamesAsync(ProcessSignInContext context)
    {
        var client = await applications.FindByClientIdAsync(context.ClientId!, context.CancellationToken);
        var settings = await applications.GetSettingsAsync(client!, context.CancellationToken);
        HashSet<string> names = settings.Is(ClientSettings.ClaimsInIdToken, otherwise: false)
            ? [.. await granted.OfScopesAsync(context.Principal!.GetScopes(), context.CancellationToken)] : [];
        if (context.Principal!.GetTokenId() is { } id && await entries.FindAsync(Guid.Parse(id)) is { } presented)
            names.UnionWith(await granted.ForIdTokenAsync(presented.RequestedClaims, context.ClientId!, context.CancellationToken));
        return names;
    }

    private static Claim ToClaim(string name, JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => new Claim(name, value.ToJsonString(), ClaimValueTypes.Boolean),
        JsonValueKind.Number => new Claim(name, value.ToJsonString(), JsonClaimValueTypes.Json),
        JsonValueKind.Object => new Claim(name, value.ToJsonString(), JsonClaimValueTypes.Json),
        JsonValueKind.Array => new Claim(name, value.ToJsonString(), JsonClaimValueTypes.JsonArray),
        _ => new Claim(name, value.GetValue<string>()),
    };
}
