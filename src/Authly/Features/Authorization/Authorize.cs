using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Authorization;

/// <summary>
/// Decides what an authorization request needs next: a sign-in, a consent, a refusal, or its code. The pages that it sends a person
/// to lead back here, and it decides again from the beginning. OpenID Connect Core §3.1.2, OAuth 2.1 §4.1.1.
/// </summary>
internal static class Authorize
{
    public const string Path = "/oauth/authorize";

    public sealed record Request(ResponseType ResponseType) : IRequest<Response>, IAuthorizationRequest;

    /// <summary>Where to go on; null where the authorization server has answered.</summary>
    public sealed record Response(string? Location, AuthorizationStep Step, ProtocolError? Error, string? ClientId) : IAuthorizationOutcome, IClientOutcome;

    public sealed class Endpoint : IEndpoint
    {
        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(
            Path, new ProtocolEndpoint([HttpMethods.Get, HttpMethods.Post], AnswersWithPage: true),
            parameters => new Request(parameters[Parameters.ResponseType] == ResponseTypes.Code ? ResponseType.Code : ResponseType.Other),
            response => response.Location is { } location ? Results.Redirect(location) : null);
    }

    public sealed class Handler(OpenIddictSeam server, Interactions interactions, RememberedConsents consents, Audiences audiences,
        IOpenIddictApplicationManager applications, TimeProvider time) : IRequestHandler<Request, Response>
    {
        public async Task<Response> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await server.ReceiveAsync() is not { } message)
                return Answered();

            var application = await applications.FindByClientIdAsync(message.ClientId!, cancellationToken)
                ?? throw new InvalidOperationException("A validated request names a client that does not exist.");
            var returnUrl = Interactions.UrlOf(Path, server.Parameters);
            var session = server.Session;
            // A browser withholds the cookie from another site's POST; the same request as a GET brings it.
            if (session is null && server.Parameters.IsPost)
                return new Response(returnUrl, AuthorizationStep.Repeat, Error: null, message.ClientId);

            var done = interactions.Done(server.Parameters[Interactions.Parameter], returnUrl, session?.Id);
            var hint = await server.AuthenticateAsync();
            var consented = await applications.HasConsentTypeAsync(application, ConsentTypes.Implicit, cancellationToken)
                || (session is not null && await consents.CoverAsync(session.UserId, message.ClientId!, message.GetScopes(), cancellationToken));

            switch (AuthorizationDecision.Of(message, session, hint?.GetClaim(Claims.Subject), consented, done, time.GetUtcNow()))
            {
                case AuthorizationDecision.Refuse refusal:
                    await server.RefuseAsync(refusal.Error, refusal.Description);
                    return Answered();

                case AuthorizationDecision.SignIn:
                    return await SignInAsync(message, session!, cancellationToken);

                case var step:
                    var name = await applications.GetDisplayNameAsync(application, cancellationToken) ?? message.ClientId!;
                    var interaction = new Interaction(
                        returnUrl, message.ClientId!, name, [.. message.GetScopes()], message.RedirectUri!, message.LoginHint, session?.Id, done);
                    return step is AuthorizationDecision.Consent
                        ? new Response(interactions.UrlOf("/account/consent", interaction), AuthorizationStep.Consent, Error: null, message.ClientId)
                        : new Response(interactions.UrlOf("/account/login", interaction), AuthorizationStep.Login, Error: null, message.ClientId);
            }
        }

        private Response Answered() => new(Location: null, AuthorizationStep.Ended, server.Outcome, server.ClientId);

        private async Task<Response> SignInAsync(OpenIddictRequest message, CurrentSession session, CancellationToken cancellationToken)
        {
            var scopes = message.GetScopes();
            if (await audiences.ForAsync(scopes, message.GetResources(), cancellationToken) is { } audience)
                await server.SignInAsync(Principals.ForPerson(session, scopes, audience));
            else
                await server.RefuseAsync(ProtocolError.InvalidTarget, "A 'resource' is not one that the requested scopes reach.");
            return Answered();
        }
    }
}
