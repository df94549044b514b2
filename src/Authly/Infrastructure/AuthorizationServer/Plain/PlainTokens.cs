using System.Diagnostics;
using System.Security.Claims;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>Makes tokens and their rows as the long way does.</summary>
internal sealed class PlainTokens(
    SigningKeyRing ring, GrantAudit grants, ProtectedTokens protection, Instruments instruments, AuthlyOptions options, TimeProvider time)
{
    /// <summary>
    /// What is granted to a client for itself, or for a code or refresh token, which is used up with it. Null where somebody else has
    /// redeemed it or revoked it meanwhile, and then nothing is written.
    /// </summary>
    public async Task<PlainAnswer?> GrantAsync(string grantType, PlainGrant plainly, ClaimsPrincipal principal)
    {
        var making = new Making(plainly.Client, principal, plainly.Presented?.FamilyId, time.GetUtcNow());
        making.Write.Redeems = plainly.Presented?.Id;
        var answer = AccessToken(making);
        if (principal.HasScope(Scopes.OfflineAccess))
        {
            answer = answer with { RefreshToken = RefreshToken(making) };
            making.Write.Successor = grantType == GrantTypes.RefreshToken ? making.Write.Tokens[^1].Token.Id : null;
        }

        if (principal.HasScope(Scopes.OpenId))
            answer = answer with { IdToken = IdToken(making, answer.AccessToken) };
        if (!await grants.WriteAsync(making.Write, grantType, plainly.Client.Id, principal))
            return null;
        // Those of a lost race nobody has got.
        foreach (var (kind, took, length) in making.Made)
            instruments.TokenGenerated(kind, took, length);
        return answer;
    }

    private PlainAnswer AccessToken(Making making)
    {
        var started = Stopwatch.GetTimestamp();
        var (client, principal, _, now) = making;
        var lifetime = new Lifetime(now, options.Lifetimes.AccessToken);
        var id = making.AddRow(TokenTypeIdentifiers.AccessToken, lifetime);
        var scope = principal.GetScopes() is { Length: > 0 } scopes ? string.Join(' ', scopes) : null;
        var said = new TokenClaims(options.Issuer, principal.GetResources(), scope, id.ToString(),
            [.. Told(principal, Destinations.AccessToken), new Claim(Claims.ClientId, client.Id)]);
        var token = JsonWebTokens.Write(
            said, lifetime.From.UtcDateTime, lifetime.Until.UtcDateTime, ring.Active(SecurityAlgorithms.EcdsaSha256));
        making.Made.Add((TokenKind.Access, Stopwatch.GetElapsedTime(started), token.Length));
        // As OpenIddict rounds it.
        return new PlainAnswer(token, (long)((lifetime.Until - now).TotalSeconds + 0.5), scope);
    }

    private string RefreshToken(Making making)
    {
        var started = Stopwatch.GetTimestamp();
        var lifetime = new Lifetime(making.Now, making.Principal.GetRefreshTokenLifetime() ?? options.Lifetimes.RefreshTokenIdle);
        var id = making.AddRow(TokenTypeIdentifiers.RefreshToken, lifetime);
        var token = protection.WriteRefreshToken(making.Principal.Clone(IsOfTheGrant)
            .SetCreationDate(lifetime.From).SetExpirationDate(lifetime.Until)
            .SetClaim(Claims.Private.Issuer, options.Issuer).SetTokenId(id.ToString()));
        making.Made.Add((TokenKind.Refresh, Stopwatch.GetElapsedTime(started), token.Length));
        return token;
    }

    private string IdToken(Making making, string accessToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (client, principal, _, now) = making;
        var lifetime = new Lifetime(now, options.Lifetimes.IdToken);
        var said = new TokenClaims(options.Issuer, [client.Id], Scope: null, Id: null,
            [.. Told(principal, Destinations.IdentityToken), new Claim(Claims.AuthorizedParty, client.Id),
                .. principal.GetClaim(Claims.Private.Nonce) is { } nonce ? new[] { new Claim(Claims.Nonce, nonce) } : [],
                new Claim(Claims.AccessTokenHash, JsonWebTokens.HashOf(accessToken))]);
        var token = JsonWebTokens.Write(said, lifetime.From.UtcDateTime, lifetime.Until.UtcDateTime,
            ring.Active(client.IdTokenAlgorithm ?? SecurityAlgorithms.RsaSha256), isAccessToken: false);
        making.Made.Add((TokenKind.Id, Stopwatch.GetElapsedTime(started), token.Length));
        return token;
    }

    /// <summary>The claims that are for such a token.</summary>
    private static IEnumerable<Claim> Told(ClaimsPrincipal principal, string destination) => principal.Claims.Where(claim =>
        claim.Type == Claims.Subject
        || (!claim.Type.StartsWith(Claims.Prefixes.Private, StringComparison.Ordinal) && claim.HasDestination(destination)
            && IsOfTheGrant(claim)));

    /// <summary>Whether a claim is not that of one token, which the next has another of.</summary>
    private static bool IsOfTheGrant(Claim claim) => claim.Type is not (
        Claims.JwtId or Claims.Private.TokenId or Claims.ExpiresAt or Claims.IssuedAt or Claims.NotBefore);

    /// <summary>What one grant makes of what.</summary>
    private sealed record Making(KnownClient Client, ClaimsPrincipal Principal, Guid? FamilyId, DateTimeOffset Now)
    {
        public TokenWrite Write { get; } = new();

        public List<(TokenKind Kind, TimeSpan Took, int Length)> Made { get; } = [];

        public Guid AddRow(string type, Lifetime lifetime)
        {
            var row = new Token
            {
                Id = Guid.CreateVersion7(),
                CreationDate = lifetime.From.UtcDateTime,
                ExpirationDate = lifetime.Until.UtcDateTime,
                Status = TokenKinds.Of(type).FirstStatus,
                Subject = Principal.GetClaim(Claims.Subject),
                Type = type,
            };
            Write.Tokens.Add(new TokenRow(row, Client.Row.Id, FamilyId));
            return row.Id;
        }
    }

    /// <summary>In whole seconds, as it stands in the tokens.</summary>
    private readonly record struct Lifetime(DateTimeOffset From, DateTimeOffset Until)
    {
        public Lifetime(DateTimeOffset now, TimeSpan length)
            : this(Whole(now), Whole(Whole(now) + length))
        {
        }

        private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
    }
}
