using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Discovery;

/// <summary>The public keys that tokens are signed with, from memory. RFC 7517 §5.</summary>
internal static class GetJsonWebKeys
{
    public sealed record Query : IRequest<Answered>, IEndpointRequest
    {
        public OAuthEndpoint Endpoint => OAuthEndpoint.Jwks;
    }

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(
            "/.well-known/jwks.json", new ProtocolEndpoint([HttpMethods.Get]), _ => new Query()).RequireCors(ProtocolEndpoints.CrossOrigin);
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
