using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Revocation;

/// <summary>Ends a token that is the client's own; a refresh token takes its family along. RFC 7009.</summary>
internal static class Revoke
{
    public sealed record Request : IRequest<Answered>;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } = new("/oauth/revoke")
        {
            Type = OAuthEndpoint.Revocation,
            Methods = [HttpMethods.Post],
            Parameters = [Parameters.Token, Parameters.TokenTypeHint, Parameters.ClientId, Parameters.ClientSecret],
            Errors = ErrorStyle.OAuth,
            RateLimit = RateLimitedEndpoint.Revocation,
            IsCrossOrigin = true,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration, _ => new Request());
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
