using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.AuthorizationServer.Plain;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.UserInfo;

/// <summary>
/// The claims of the person that an access token speaks for, by its scopes and the parameter <c>claims</c>. OpenID Connect Core §5.3.
/// </summary>
internal static class GetUserInfo
{
    public sealed record Query : IRequest<Response>;

    /// <summary>The claims; null where the authorization server has answered.</summary>
    public sealed record Response(JsonObject? ClaimSet, ProtocolError? Error) : IOutcome;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } = new("/oidc/userinfo")
        {
            Type = OAuthEndpoint.Userinfo,
            Methods = [HttpMethods.Get, HttpMethods.Post],
            Parameters = [Parameters.AccessToken],
            Errors = ErrorStyle.OAuth,
            RateLimit = RateLimitedEndpoint.Userinfo,
            IsCrossOrigin = true,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration, _ => new Query(),
            response => response.ClaimSet is { } claims ? Results.Json(claims) : null);
    }

    public sealed class Handler(OpenIddictSeam server, PlainSeam plain, PlainAccessTokens tokens, UserAccounts accounts,
        GrantedClaims granted, TokenEntries entries, AuthlyOptions options) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            if (await TryPlainAsync(cancellationToken) is { } claims)
                return new Response(claims, Error: null);
            if (await server.ReceiveAsync() is null || await server.AuthenticateAsync() is not { } token)
                return new Response(ClaimSet: null, server.Outcome);

            // Threat: an API that was given a token for itself must not be able to ask for the person's claims with it (RFC 9068 §4).
            if (!token.HasAudience(options.Issuer!))
                return await RefuseAsync(ProtocolError.InvalidToken, "The access token is for another audience.");
            var scopes = token.GetScopes();
            if (!scopes.Contains(Scopes.OpenId))
                return await RefuseAsync(ProtocolError.InsufficientScope, "The access token lacks the scope 'openid'.");
            var subject = token.GetClaim(Claims.Subject);
            if (await accounts.FindActiveAsync(subject, cancellationToken) is not { } user)
                return await RefuseAsync(ProtocolError.InvalidToken, "The account is no longer active.");

            var entry = token.GetTokenId() is { } id ? await entries.FindAsync(Guid.Parse(id)) : null;
            var names = (await granted.OfScopesAsync(scopes, cancellationToken)).Union(
                await granted.ForUserinfoAsync(entry?.RequestedClaims, token.GetClaim(Claims.ClientId) ?? "", cancellationToken));
            return new Response(Told(subject, user, names), Error: null);
        }

        /// <summary>The short way of a plain success; null for any doubt.</summary>
        private async Task<JsonObject?> TryPlainAsync(CancellationToken cancellationToken) =>
            plain.Bearer is { } token
            && await tokens.FindAsync(token) is var (said, entry) && entry is { FamilyId: not null, RequestedClaims: null }
            && said.Audiences.Contains(options.Issuer!)
            && said.Scope?.Split(' ') is { } scopes && scopes.Contains(Scopes.OpenId)
            && await accounts.FindActiveAsync(said.Subject, cancellationToken) is { } user
                ? Told(said.Subject, user, await granted.OfScopesAsync(scopes, cancellationToken)) : null;

        private static JsonObject Told(string? subject, User user, IEnumerable<string> names)
        {
            var known = PersonClaims.Of(user);
            var claims = new JsonObject { [Claims.Subject] = subject };
            foreach (var name in names)
            {
                if (known[name] is { } value)
                    claims[name] = value.DeepClone();
            }

            return claims;
        }

        private async Task<Response> RefuseAsync(ProtocolError error, string description)
        {
            await server.RefuseAsync(new Refusal(error, description));
            return new Response(ClaimSet: null, server.Outcome);
        }
    }
}
