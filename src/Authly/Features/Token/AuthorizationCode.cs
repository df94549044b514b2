using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using MediatR;
using OpenIddict.Abstractions;

namespace Authly.Features.Token;

/// <summary>Redeems a code for the person who allowed it, if the account still is one. OAuth 2.1 §4.1.3.</summary>
internal static class AuthorizationCode
{
    public sealed record Request(ClaimsPrincipal Code, IReadOnlyCollection<string> Resources) : IRequest<Grant>;

    public sealed class Handler(Accounts accounts) : IRequestHandler<Request, Grant>
    {
        public async Task<Grant> Handle(Request request, CancellationToken cancellationToken) =>
            !await accounts.IsActiveAsync(request.Code.GetClaim(OpenIddictConstants.Claims.Subject), cancellationToken)
                ? Grant.Refused(ProtocolError.InvalidGrant, "The account is no longer active.")
            : !Audiences.Covers(request.Code, request.Resources)
                ? Grant.Refused(ProtocolError.InvalidTarget, "A 'resource' is not one that was granted.")
            : new Grant(request.Code);
    }
}
