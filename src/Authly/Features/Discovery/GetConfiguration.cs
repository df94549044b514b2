using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Discovery;

/// <summary>What this server offers and where, from memory. OpenID Connect Discovery §4, RFC 8414 §3.</summary>
internal static class GetConfiguration
{
    public sealed record Query : IRequest<Answered>;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } =
            new("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
            {
                Type = OAuthEndpoint.Discovery,
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
