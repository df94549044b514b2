using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>What a token says (RFC 9068 §2.2, OpenID Connect Core §2).</summary>
/// <param name="Scope">Names, separated by spaces; null where there are none.</param>
/// <param name="Others">Who it is for, and of whom it speaks.</param>
internal sealed record TokenClaims(
    string? Issuer, IReadOnlyList<string> Audiences, string? Scope, string? Id, IEnumerable<Claim> Others);

/// <summary>
/// Writes access tokens (RFC 9068) and id tokens (OpenID Connect Core §2) with what the specifications name and nothing of our own inside:
/// <c>jti</c> is the id of the token's row, by which the rest is found.
/// </summary>
internal static class JsonWebTokens
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The <c>at_hash</c> of an access token: the left half of its SHA-256 (OpenID Connect Core §3.1.3.6).</summary>
    public static string HashOf(string accessToken) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16));

    public static string Write(
        TokenClaims said, DateTime? issuedAt, DateTime? expires, SigningCredentials? credentials, bool isAccessToken = true)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal);
        if (said.Audiences.Count > 0)
            claims[Claims.Audience] = said.Audiences.Count == 1 ? said.Audiences[0] : said.Audiences.ToArray();
        if (isAccessToken && said.Scope is not null)
            claims[Claims.Scope] = said.Scope;
        if (isAccessToken && said.Id is not null)
            claims[Claims.JwtId] = said.Id;
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            Expires = expires,
            IssuedAt = issuedAt,
            Issuer = said.Issuer,
            SigningCredentials = credentials,
            Subject = new ClaimsIdentity(said.Others),
            TokenType = isAccessToken ? JsonWebTokenTypes.AccessToken : JsonWebTokenTypes.GenericJsonWebToken,
        });
    }
}

/// <summary>Writes what OpenIddict generates, by <see cref="JsonWebTokens"/>.</summary>
internal sealed class WriteJsonWebToken : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (!string.IsNullOrEmpty(context.Token))
            return ValueTask.CompletedTask;
        var principal = context.Principal;
        context.Token = JsonWebTokens.Write(
            new TokenClaims(principal.GetClaim(Claims.Private.Issuer), principal.GetAudiences(),
                principal.GetScopes() is { Length: > 0 } scopes ? string.Join(' ', scopes) : null, principal.GetTokenId(),
                principal.Claims.Where(IsPublic)),
            principal.GetCreationDate()?.UtcDateTime, principal.GetExpirationDate()?.UtcDateTime, context.SigningCredentials,
            context.TokenType == TokenTypeIdentifiers.AccessToken);
        return ValueTask.CompletedTask;
    }

    private static bool IsPublic(Claim claim) =>
        !claim.Type.StartsWith(Claims.Prefixes.Private, StringComparison.Ordinal) && claim.Type != Claims.JwtId;
}
