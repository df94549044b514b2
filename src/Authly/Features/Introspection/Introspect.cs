using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Introspection;

/// <summary>Tells a confidential client whether a token that is its own, or meant for it, is active. RFC 7662.</summary>
internal static class Introspect
{
    public sealed record Request : IRequest<Answered>, IEndpointRequest
    {
        public OAuthEndpoint Endpoint => OAuthEndpoint.Introspection;
    }

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(
            "/oauth/introspect", new ProtocolEndpoint([HttpMethods.Post]), _ => new Request());
    }

    public sealed class Handler(OpenIddictSeam server) : IRequestHandler<Request, Answered>
    {
        public async Task<Answered> Handle(Request request, CancellationToken cancellationToken)
        {
            await server.ReceiveAsync();
            return server.Answered;
        }
    }
}
