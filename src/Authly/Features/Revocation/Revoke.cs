using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Features.Revocation;

/// <summary>Ends a token that is the client's own; a refresh token takes its family along. RFC 7009.</summary>
internal static class Revoke
{
    public sealed record Request : IRequest<Answered>, IEndpointRequest
    {
        public OAuthEndpoint Endpoint => OAuthEndpoint.Revocation;
    }

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(
            "/oauth/revoke", new ProtocolEndpoint([HttpMethods.Post]), _ => new Request()).RequireCors(ProtocolEndpoints.CrossOrigin);
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
