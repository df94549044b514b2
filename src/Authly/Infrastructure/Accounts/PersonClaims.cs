using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Accounts;

/// <summary>What can be told of a person: what their row says, and what follows from it.</summary>
internal static class PersonClaims
{
    public static JsonObject Of(User user)
    {
        var claims = JsonSerializer.Deserialize<JsonObject>(user.Claims) ?? [];
        claims[Claims.PreferredUsername] ??= user.Username;
        claims[Claims.UpdatedAt] ??= new DateTimeOffset(user.UpdatedAt).ToUnixTimeSeconds();
        // Clients that map accounts by address must be told whether it is proven, and some fail where they are not.
        if (claims.ContainsKey(Claims.Email))
            claims[Claims.EmailVerified] ??= false;
        if (claims.ContainsKey(Claims.PhoneNumber))
            claims[Claims.PhoneNumberVerified] ??= false;
        claims[StandardScopes.Groups] = JsonNode.Parse(user.Groups);
        return claims;
    }
}
