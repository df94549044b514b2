using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.SignOut;

/// <summary>
/// Signs a person out at an application's request. Only an id token of the current session proves that the application may ask;
/// without one, the person is asked. OpenID Connect RP-Initiated Logout §2.
/// </summary>
internal static class EndSession
{
    public sealed record Request : IRequest<Response>;

    /// <summary>
    /// Where the person is asked, or the same request as a GET; no interaction where the authorization server has answered.
    /// </summary>
    public sealed record Response(Interaction? Interaction, ProtocolError? Error) : IOutcome;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } = new("/oidc/logout")
        {
            Type = OAuthEndpoint.EndSession,
            Methods = [HttpMethods.Get, HttpMethods.Post],
            Parameters = [
                Parameters.IdTokenHint, "logout_hint", Parameters.ClientId, Parameters.PostLogoutRedirectUri, Parameters.State,
                Parameters.UiLocales,
            ],
            Errors = ErrorStyle.Page,
            RateLimit = RateLimitedEndpoint.EndSession,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration, _ => new Request(),
            response => InteractionResult.For(response.Interaction, Declaration));
    }

    public sealed class Handler(OpenIddictSeam server, Interactions interactions, Sessions sessions) : IRequestHandler<Request, Response>
    {
        public async Task<Response> Handle(Request request, CancellationToken cancellationToken)
        {
            var (resumed, isOver) = await server.ResumeAsync(interactions, OAuthEndpoint.EndSession, cancellationToken);
            if (isOver || await server.ReceiveAsync() is not { } message)
                return new Response(Interaction: null, server.Outcome);

            // A browser withholds the cookie from another site's POST; the same request as a GET brings it.
            if (server.Session is null && server.Parameters.IsPost)
                return await SendToAsync(InteractionPage.None);
            if (server.Session is { } session)
            {
                var hint = await server.AuthenticateAsync();
                if (hint?.GetClaim(SessionClaims.Id) != session.Id.ToString() || server.RefusedPostLogoutRedirectUri is not null)
                    return await SendToAsync(InteractionPage.Logout);
                await sessions.EndAsync(session.Id, SessionEnd.SignedOut, cancellationToken);
            }

            await server.SignOutAsync(Pages.SignedOut);
            return new Response(Interaction: null, server.Outcome);

            async Task<Response> SendToAsync(InteractionPage page)
            {
                var interaction = resumed ?? interactions.New(new Interaction
                {
                    Endpoint = OAuthEndpoint.EndSession,
                    Request = Interactions.RequestOf(server.Parameters, OAuthEndpoint.EndSession),
                    ClientId = message.ClientId ?? "",
                    RedirectUri = message.PostLogoutRedirectUri ?? "",
                    RefusedUri = server.RefusedPostLogoutRedirectUri,
                });
                await interactions.SendToAsync(page, interaction, cancellationToken);
                return new Response(interaction, Error: null);
            }
        }
    }
}
