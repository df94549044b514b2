using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;

namespace Authly.Features.SignOut;

/// <summary>
/// Signs a person out at an application's request. Only an id token of the current session proves that the application may ask;
/// without one, the person is asked. OpenID Connect RP-Initiated Logout §2.
/// </summary>
internal static class EndSession
{
    public const string Path = "/oidc/logout";

    public sealed record Request : IRequest<Response>, IEndpointRequest
    {
        public OAuthEndpoint Endpoint => OAuthEndpoint.EndSession;
    }

    /// <summary>Where the person is asked; null where the authorization server has answered.</summary>
    public sealed record Response(string? Location, ProtocolError? Error) : IOutcome;

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(
            Path, new ProtocolEndpoint([HttpMethods.Get, HttpMethods.Post], AnswersWithPage: true), _ => new Request(),
            response => response.Location is { } location ? Results.Redirect(location) : null);
    }

    public sealed class Handler(OpenIddictSeam server, Interactions interactions, Sessions sessions) : IRequestHandler<Request, Response>
    {
        public async Task<Response> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await server.ReceiveAsync() is not { } message)
                return new Response(Location: null, server.Outcome);

            var returnUrl = Interactions.UrlOf(Path, server.Parameters);
            // A browser withholds the cookie from another site's POST; the same request as a GET brings it.
            if (server.Session is null && server.Parameters.IsPost)
                return new Response(returnUrl, Error: null);

            if (server.Session is { } session)
            {
                var hint = await server.AuthenticateAsync();
                if (hint?.GetClaim(CurrentSession.IdClaim) != session.Id.ToString())
                {
                    return new Response(interactions.UrlOf("/account/logout", new Interaction(
                        returnUrl, message.ClientId ?? "", "", [], message.PostLogoutRedirectUri ?? "", LoginHint: null, session.Id, Steps.None)), Error: null);
                }

                await sessions.EndAsync(session.Id, cancellationToken);
            }

            await server.SignOutAsync(otherwise: "/account/signed-out");
            return new Response(Location: null, server.Outcome);
        }
    }
}
