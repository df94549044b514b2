using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Writes access tokens (RFC 9068) and id tokens (OpenID Connect Core §2) with what the specifications name and nothing of our own inside:
/// <c>jti</c> is the id of the token's row, by which the rest is found.
/// </summary>
internal sealed class WriteJsonWebToken : IOpenIddictServerHandler<GenerateTokenContext>
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (!string.IsNullOrEmpty(context.Token))
            return ValueTask.CompletedTask;
        var (principal, isAccessToken) = (context.Principal, context.TokenType == TokenTypeIdentifiers.AccessToken);
        var claims = new Dictionary<string, object>(StringComparer.Ordinal);
        if (principal.GetAudiences() is { Length: > 0 } audiences)
            claims[Claims.Audience] = audiences.Length == 1 ? audiences[0] : audiences;
        if (isAccessToken && principal.GetScopes() is { Length: > 0 } scopes)
            claims[Claims.Scope] = string.Join(' ', scopes);
        if (isAccessToken && principal.GetTokenId() is { } id)
            claims[Claims.JwtId] = id;

        context.Token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            Expires = principal.GetExpirationDate()?.UtcDateTime,
            IssuedAt = principal.GetCreationDate()?.UtcDateTime,
            Issuer = principal.GetClaim(Claims.Private.Issuer),
            SigningCredentials = context.SigningCredentials,
            Subject = new ClaimsIdentity(principal.Claims.Where(IsPublic)),
            TokenType = isAccessToken ? JsonWebTokenTypes.AccessToken : JsonWebTokenTypes.GenericJsonWebToken,
        });
        return ValueTask.CompletedTask;
    }

    private static bool IsPublic(Claim claim) =>
        !claim.Type.StartsWith(Claims.Prefixes.Private, StringComparison.Ordinal) && claim.Type != Claims.JwtId;
}
