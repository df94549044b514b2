using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Protocol;
using MediatR;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Token;

/// <summary>A client speaks for itself: no person, so neither an id token nor a refresh token. OAuth 2.1 §4.2.</summary>
internal static class ClientCredentials
{
    public sealed record Request(string ClientId, IReadOnlyCollection<string> Scopes, IReadOnlyCollection<string> Resources) : IRequest<Grant>;

    public sealed class Handler(Audiences audiences) : IRequestHandler<Request, Grant>
    {
        private static readonly string[] OfPeople = [Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.Address, Scopes.Phone, Scopes.OfflineAccess];

        public async Task<Grant> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Scopes.Intersect(OfPeople).Any())
                return Grant.Refused(ProtocolError.InvalidScope, "A scope was requested that only a person can grant.");
            return await audiences.ForAsync(request.Scopes, request.Resources, cancellationToken) is { } audience
                ? new Grant(Principals.ForClient(request.ClientId, request.Scopes, audience))
                : Grant.Refused(ProtocolError.InvalidTarget, "A 'resource' is not one that the requested scopes reach.");
        }
    }
}
