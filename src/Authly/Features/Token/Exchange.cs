using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;

namespace Authly.Features.Token;

/// <summary>The token endpoint: each grant is a request of its own, measured as one. OAuth 2.1 §3.2.</summary>
internal static class Exchange
{
    public sealed record Request(GrantType GrantType) : IRequest<Answered>, ITokenRequest;

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(
            "/oauth/token", new ProtocolEndpoint([HttpMethods.Post]),
            parameters => new Request(ProtocolNames.ParseGrant(parameters[OpenIddictConstants.Parameters.GrantType])))
            .RequireCors(ProtocolEndpoints.CrossOrigin);
    }

    public sealed class Handler(OpenIddictSeam server, IMediator mediator) : IRequestHandler<Request, Answered>
    {
        public async Task<Answered> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await server.ReceiveAsync() is not { } message)
                return server.Answered;

            var principal = await server.AuthenticateAsync() ?? new();
            var grant = await mediator.Send<Grant>(request.GrantType switch
            {
                GrantType.AuthorizationCode => new AuthorizationCode.Request(principal, message.ClientId!, message.GetResources()),
                GrantType.RefreshToken => new RefreshToken.Request(principal, message.ClientId!, message.GetResources()),
                GrantType.ClientCredentials => new ClientCredentials.Request(message.ClientId!, message.GetScopes(), message.GetResources()),
                _ => throw new InvalidOperationException("OpenIddict has let a grant through that this server does not have."),
            }, cancellationToken);

            if (grant.Principal is { } granted)
                await server.SignInAsync(granted);
            else
                await server.RefuseAsync(grant.Error!.Value, grant.Description!);
            return server.Answered;
        }
    }
}
