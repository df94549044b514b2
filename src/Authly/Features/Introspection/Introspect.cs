using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.AuthorizationServer.Plain;
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

    public sealed class Handler(OpenIddictSeam server, PlainSeam plain, PlainIntrospection tokens) : IRequestHandler<Request, Response>
    {
        private static readonly PlainForm PlainForm = new([Permissions.Endpoints.Introspection], [Parameters.Token]);

        public async Task<Response> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await plain.ClientOfAsync(PlainForm, cancellationToken) is { } client
                && await tokens.DescribeAsync(client, plain.Parameters[Parameters.Token]!) is { } members)
            {
                await plain.AnswerAsync(members, isOfTokenEndpoint: false);
                return new Response(IntrospectedToken.Active, Error: null, client.Id);
            }

            await server.ReceiveAsync();
            IntrospectedToken? token = server.Answer?["active"] is not { } active ? null
                : (bool)active ? IntrospectedToken.Active : IntrospectedToken.Inactive;
            return new Response(token, server.Outcome, server.ClientId);
        }
    }
}
