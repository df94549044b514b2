using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.AuthorizationServer.Plain;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
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
        public static EndpointDeclaration Declaration { get; } = new("/oauth/token")
        {
            Type = OAuthEndpoint.Token,
            Methods = [HttpMethods.Post],
            Errors = ErrorStyle.OAuth,
            RateLimit = RateLimitedEndpoint.Token,
            IsCrossOrigin = true,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration,
            parameters => new Request(
                Declared.Grant(parameters[OpenIddictConstants.Parameters.GrantType])?.Declaration.Label ?? GrantType.Other));
    }

    public sealed class Handler(OpenIddictSeam server, PlainSeam plain, PresentedTokens presented, PlainTokens tokens, IMediator mediator)
        : IRequestHandler<Request, Answered>
    {
        public async Task<Answered> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await TryPlainAsync(cancellationToken) is { } answered)
                return answered;

            if (await server.ReceiveAsync() is not { } message)
                return server.Answered;

            var declared = Declared.Grant(message.GrantType)
                ?? throw new InvalidOperationException("OpenIddict has let a grant through that no slice declares.");
            var principal = await server.AuthenticateAsync() ?? new();
            var grant = await mediator.Send(
                declared.Read(new TokenRequest(principal, message.ClientId!, message.GetScopes(), message.GetResources(), message)),
                    cancellationToken);

            if (grant.Principal is { } granted)
                await server.SignInAsync(granted);
            else
                await server.RefuseAsync(grant.Refusal!);
            return server.Answered;
        }

        /// <summary>The short way of a plain success; null for any doubt.</summary>
        private async Task<Answered?> TryPlainAsync(CancellationToken cancellationToken)
        {
            var grantType = plain.Parameters[OpenIddictConstants.Parameters.GrantType];
            if (await ReadPlainAsync(grantType, cancellationToken) is not { Client: var client } plainly)
                return null;
            var grant = await mediator.Send(plainly.Request, cancellationToken);
            if (grant.Refusal is { } refusal)
                return await plain.RefuseAsync(client, refusal);
            // Race: whoever loses it finds out the long way what that means for the family.
            if (await tokens.GrantAsync(grantType!, plainly, grant.Principal!) is not { } answer)
                return null;
            await plain.AnswerAsync(answer.WriteTo, isOfTokenEndpoint: true);
            return new Answered(Error: null, client.Id);
        }

        private ValueTask<PlainGrant?> ReadPlainAsync(string? grantType, CancellationToken cancellationToken) => grantType switch
        {
            OpenIddictConstants.GrantTypes.ClientCredentials => ClientCredentials.ReadPlainAsync(plain, cancellationToken),
            OpenIddictConstants.GrantTypes.RefreshToken => RefreshToken.ReadPlainAsync(plain, presented, cancellationToken),
            OpenIddictConstants.GrantTypes.AuthorizationCode => AuthorizationCode.ReadPlainAsync(plain, presented, cancellationToken),
            _ => default,
        };
    }
}
