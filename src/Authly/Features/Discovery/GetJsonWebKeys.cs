using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Discovery;

/// <summary>The public keys that tokens are signed with, from memory. RFC 7517 §5.</summary>
internal static class GetJsonWebKeys
{
    public sealed record Query : IRequest<Answered>;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } = new("/.well-known/jwks.json")
        {
            Type = OAuthEndpoint.Jwks,
            Methods = [HttpMethods.Get],
            Errors = ErrorStyle.OAuth,
            IsCrossOrigin = true,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration, _ => new Query());
    }

    public sealed class Handler(OpenIddictSeam server) : IRequestHandler<Query, Answered>
    {
        public async Task<Answered> Handle(Query request, CancellationToken cancellationToken)
        {
            await server.ReceiveDocumentRequestAsync();
            return server.Answered;
        }
    }
}
