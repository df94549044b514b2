using System.Globalization;
using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.AuthorizationServer.Plain;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Token;

/// <summary>
/// Rotates a refresh token: it lives for one use, for an idle time, and not beyond an absolute one counted from the sign-in.
/// OAuth 2.1 §4.3, RFC 9700 §4.14.
/// </summary>
internal static class RefreshToken
{
    public sealed record Request(ClaimsPrincipal Token, string ClientId, IReadOnlyCollection<string> Resources) : IRequest<Grant>;

    public sealed class Definition : IGrant
    {
        public static GrantDeclaration Declaration { get; } = new(GrantTypes.RefreshToken)
        {
            Parameters = [Parameters.RefreshToken, Parameters.Scope, Parameters.Resource],
            IsForPublicClients = true,
        };

        public static IRequest<Grant> Read(TokenRequest request) => new Request(request.Principal, request.ClientId, request.Resources);
    }

    private static readonly PlainForm PlainForm = new(
        [Permissions.Endpoints.Token, Permissions.GrantTypes.RefreshToken], [Parameters.GrantType, Parameters.RefreshToken])
    {
        MayBePublic = true,
    };

    /// <summary>The short way of a plain request; null for any doubt.</summary>
    public static async ValueTask<PlainGrant?> ReadPlainAsync(
        PlainSeam plain, PresentedTokens presented, CancellationToken cancellationToken) =>
        await plain.ClientOfAsync(PlainForm, cancellationToken) is { HasClaimsInIdToken: false } client
        && await presented.FindRefreshTokenAsync(client, plain.Parameters[Parameters.RefreshToken]!) is { } token
            ? new PlainGrant(client, new Request(token.Principal, client.Id, []), token) : null;

    public sealed class Handler(UserAccounts accounts, StandingScopes scopes, AuthlyOptions options, TimeProvider time)
        : IRequestHandler<Request, Grant>
    {
        public async Task<Grant> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!await accounts.IsActiveAsync(request.Token.GetClaim(Claims.Subject)))
                return Grant.Refused(ProtocolError.InvalidGrant, "The account is no longer active.");
            await scopes.NarrowAsync(request.Token, request.ClientId, cancellationToken);
            if (!Audiences.Covers(request.Token, request.Resources))
                return Grant.Refused(ProtocolError.InvalidTarget, "A 'resource' is not one that was granted.");

            var signedIn = long.Parse(request.Token.GetClaim(Claims.AuthenticationTime)!, CultureInfo.InvariantCulture);
            var left = DateTimeOffset.FromUnixTimeSeconds(signedIn) + options.Lifetimes.RefreshTokenAbsolute - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                return Grant.Refused(ProtocolError.InvalidGrant, "The sign-in was too long ago: the person must sign in again.");

            // The nonce was of the authorization request (OpenID Connect Core §12.2).
            request.Token.RemoveClaims(Claims.Private.Nonce);
            request.Token.SetRefreshTokenLifetime(left < options.Lifetimes.RefreshTokenIdle ? left : options.Lifetimes.RefreshTokenIdle);
            return new Grant(request.Token);
        }
    }
}
