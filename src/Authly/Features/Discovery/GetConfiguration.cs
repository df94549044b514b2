using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Discovery;

/// <summary>What this server offers and where, from memory. OpenID Connect Discovery §4, RFC 8414 §3.</summary>
internal static class GetConfiguration
{
    public sealed record Query : IRequest<Answered>, IEndpointRequest
    {
        public OAuthEndpoint Endpoint => OAuthEndpoint.Discovery;
    }

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes)
        {
            foreach (var document in new[] { "openid-configuration", "oauth-authorization-server" })
            {
                routes.MapProtocol($"/.well-known/{document}", new ProtocolEndpoint([HttpMethods.Get]), _ => new Query())
                    .RequireCors(ProtocolEndpoints.CrossOrigin);
            }
        }
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
