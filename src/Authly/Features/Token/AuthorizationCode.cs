using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.AuthorizationServer.Plain;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Token;

/// <summary>Redeems a code for the person who allowed it, if the session that it was given in goes on. OAuth 2.1 §4.1.3.</summary>
internal static class AuthorizationCode
{
    public sealed record Request(ClaimsPrincipal Code, string ClientId, IReadOnlyCollection<string> Resources) : IRequest<Grant>;

    public sealed class Definition : IGrant
    {
        public static GrantDeclaration Declaration { get; } = new(GrantTypes.AuthorizationCode)
        {
            Parameters = [Parameters.Code, Parameters.RedirectUri, Parameters.CodeVerifier, Parameters.Resource],
            IsForPublicClients = true,
            ResponseType = ResponseTypes.Code,
        };

        public static IRequest<Grant> Read(TokenRequest request) => new Request(request.Principal, request.ClientId, request.Resources);
    }

    private static readonly PlainForm PlainForm = new(
        [Permissions.Endpoints.Token, Permissions.GrantTypes.AuthorizationCode],
        [Parameters.GrantType, Parameters.Code, Parameters.RedirectUri, Parameters.CodeVerifier])
    {
        MayBePublic = true,
    };

    /// <summary>The short way of a plain request; null for any doubt.</summary>
    public static async ValueTask<PlainGrant?> ReadPlainAsync(
        PlainSeam plain, PresentedTokens presented, CancellationToken cancellationToken) =>
        await plain.ClientOfAsync(PlainForm, cancellationToken) is { HasClaimsInIdToken: false } client
        && await presented.FindCodeAsync(client, plain.Parameters[Parameters.Code]!) is { } code
        && code.Principal.GetClaim(Claims.Private.RedirectUri) == plain.Parameters[Parameters.RedirectUri]
        && code.Principal.GetClaim(Claims.Private.CodeChallengeMethod) == CodeChallengeMethods.Sha256
        && ProofKeys.Proves(plain.Parameters[Parameters.CodeVerifier]!, code.Principal.GetClaim(Claims.Private.CodeChallenge))
            ? new PlainGrant(client, new Request(code.Principal, client.Id, []), code) : null;

    public sealed class Handler(LiveSessions sessions, StandingScopes scopes) : IRequestHandler<Request, Grant>
    {
        public async Task<Grant> Handle(Request request, CancellationToken cancellationToken)
        {
            if (SessionOf(request.Code) is not { } session || await sessions.FindAsync(session) is null)
                return Grant.Refused(ProtocolError.InvalidGrant, "The person is no longer signed in.");
            await scopes.NarrowAsync(request.Code, request.ClientId, cancellationToken);
            return Audiences.Covers(request.Code, request.Resources)
                ? new Grant(request.Code)
                : Grant.Refused(ProtocolError.InvalidTarget, "A 'resource' is not one that was granted.");
        }

        private static SessionKey? SessionOf(ClaimsPrincipal code) =>
            Guid.TryParse(code.GetClaim(SessionClaims.Id), out var id)
                && Subjects.UserOf(code.GetClaim(Claims.Subject)) is { } user ? new SessionKey(id, user, Renewals: null) : null;
    }
}
