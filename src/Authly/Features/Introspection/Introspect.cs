using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Introspection;

/// <summary>Tells a confidential client whether a token that is its own, or meant for it, is active. RFC 7662.</summary>
internal static class Introspect
{
    public sealed record Request : IRequest<Response>;

    public sealed record Response(IntrospectedToken? Token, ProtocolError? Error, string? ClientId) : IIntrospectionOutcome, IClientOutcome;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } = new("/oauth/introspect")
        {
            Type = OAuthEndpoint.Introspection,
            Methods = [HttpMethods.Post],
            Parameters = [Parameters.Token, Parameters.TokenTypeHint, Parameters.ClientId, Parameters.ClientSecret],
            Errors = ErrorStyle.OAuth,
            RateLimit = RateLimitedEndpoint.Introspection,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration, _ => new Request());
    }

    public sealed class Handler(OpenIddictSeam server) : IRequestHandler<Request, Response>
    {
        public async Task<Response> Handle(Request request, CancellationToken cancellationToken)
        {
            await server.ReceiveAsync();
            IntrospectedToken? token = server.Answer?["active"] is not { } active ? null
                : (bool)active ? IntrospectedToken.Active : IntrospectedToken.Inactive;
            return new Response(token, server.Outcome, server.ClientId);
        }
    }
}
