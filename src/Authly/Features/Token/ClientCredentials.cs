using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.AuthorizationServer.Plain;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Token;

/// <summary>A client speaks for itself: no person, so neither an id token nor a refresh token. OAuth 2.1 §4.2.</summary>
internal static class ClientCredentials
{
    public sealed record Request(string ClientId, IReadOnlyCollection<string> Scopes, IReadOnlyCollection<string> Resources)
        : IRequest<Grant>;

    public sealed class Definition : IGrant
    {
        public static GrantDeclaration Declaration { get; } = new(GrantTypes.ClientCredentials)
        {
            Parameters = [Parameters.Scope, Parameters.Resource],
        };

        public static IRequest<Grant> Read(TokenRequest request) => new Request(request.ClientId, request.Scopes, request.Resources);
    }

    private static readonly PlainForm PlainForm = new(
        [Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials], [Parameters.GrantType], [Parameters.Scope]);

    /// <summary>The short way of a plain request; null for any doubt.</summary>
    public static async ValueTask<PlainGrant?> ReadPlainAsync(PlainSeam plain, CancellationToken cancellationToken) =>
        await plain.ClientOfAsync(PlainForm, cancellationToken) is { } client
        && await plain.ScopesOfAsync(client, cancellationToken) is { } scopes
            ? new PlainGrant(client, new Request(client.Id, scopes, [])) : null;

    public sealed class Handler(Audiences audiences) : IRequestHandler<Request, Grant>
    {
        public async Task<Grant> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Scopes.Intersect(StandardScopes.All).Any())
                return Grant.Refused(ProtocolError.InvalidScope, "A scope was requested that only a person can grant.");
            return await audiences.ForAsync(request.Scopes, request.Resources, cancellationToken) is { } audience
                ? new Grant(Principals.ForClient(request.ClientId, request.Scopes, audience))
                : Grant.Refused(ProtocolError.InvalidTarget, "A 'resource' is not one that the requested scopes reach.");
        }
    }
}
