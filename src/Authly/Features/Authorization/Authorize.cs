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

namespace Authly.Features.Authorization;

/// <summary>
/// Decides what an authorization request needs next: a sign-in, a consent, a refusal, or its code. The pages that it sends a person
/// to lead back here, and it decides again from the beginning. OpenID Connect Core §3.1.2, OAuth 2.1 §4.1.1.
/// </summary>
internal static class Authorize
{
    public sealed record Request(ResponseType ResponseType) : IRequest<Response>, IAuthorizationRequest;

    /// <summary>
    /// The page that is next, <see cref="InteractionPage.None"/> for the same request as a GET; no interaction where the authorization
    /// server has answered.
    /// </summary>
    public sealed record Response(
        Interaction? Interaction, AuthorizationStep Step, ProtocolError? Error, string? ClientId, Journey? Journey)
        : IAuthorizationOutcome, IClientOutcome;

    public sealed class Endpoint : IEndpoint
    {
        public static EndpointDeclaration Declaration { get; } = new("/oauth/authorize")
        {
            Type = OAuthEndpoint.Authorization,
            Methods = [HttpMethods.Get, HttpMethods.Post],
            Parameters = [
                Parameters.ResponseType, Parameters.ClientId, Parameters.RedirectUri, Parameters.Scope, Parameters.State,
                Parameters.ResponseMode, Parameters.Nonce, Parameters.Display, Parameters.Prompt, Parameters.MaxAge, Parameters.UiLocales,
                "claims_locales", Parameters.IdTokenHint, Parameters.LoginHint, Parameters.AcrValues, Parameters.Claims,
                Parameters.CodeChallenge, Parameters.CodeChallengeMethod, Parameters.Resource, Parameters.Request,
            ],
            Errors = ErrorStyle.Page,
            RateLimit = RateLimitedEndpoint.Authorization,
        };

        public static void Map(IEndpointRouteBuilder routes) => routes.MapProtocol(Declaration,
            parameters => new Request(IsForCode(parameters) ? ResponseType.Code : ResponseType.Other),
            response => InteractionResult.For(response.Interaction, Declaration));

        // An interaction is made of a valid request only, and so of one for a code.
        private static bool IsForCode(ProtocolParameters parameters) =>
            parameters[Parameters.ResponseType] == ResponseTypes.Code || Interactions.HandleIn(parameters) is not null;
    }

    public sealed class Handler(OpenIddictSeam server, Interactions interactions, Journeys journeys, RememberedConsents consents,
        Audiences audiences, GrantedClaims granted, IOpenIddictApplicationManager applications, TimeProvider time)
        : IRequestHandler<Request, Response>
    {
        public async Task<Response> Handle(Request request, CancellationToken cancellationToken)
        {
            var arrived = time.GetUtcNow();
            var (resumed, isOver) = await server.ResumeAsync(interactions, OAuthEndpoint.Authorization, cancellationToken);
            if (isOver || await server.ReceiveAsync() is not { } message)
                return await AnsweredAsync();

            // Before anybody signs in for what cannot be had.
            if (ClaimsRequest.Parse((string?)message[Parameters.Claims]) is not { } claims)
                return await RefuseAsync(Refusal.Invalid("The 'claims' are not the JSON of OpenID Connect Core §5.5."));
            if (await audiences.ForAsync(message.GetScopes(), message.GetResources(), cancellationToken) is not { } audience)
                return await RefuseAsync(new(ProtocolError.InvalidTarget, "A 'resource' is not one that the requested scopes reach."));
            var (holders, kept) = await granted.PermitAsync(message.ClientId!, claims, cancellationToken);
            IReadOnlyList<string> asked = [.. message.GetScopes().Union(holders)];

            var application = await applications.FindByClientIdAsync(message.ClientId!, cancellationToken)
                ?? throw new InvalidOperationException("A validated request names a client that does not exist.");
            var session = server.Session;
            // A browser withholds the cookie from another site's POST; the same request as a GET brings it.
            if (session is null && server.Parameters.IsPost)
                return await SendToAsync(InteractionPage.None, AuthorizationStep.Repeat);

            var done = Interactions.DoneBy(session?.Id, resumed);
            var wanted = new WantedPerson(
                message.IdTokenHint is { Length: > 0 }, (await server.AuthenticateAsync())?.GetClaim(Claims.Subject), claims);
            var consented = await applications.HasConsentTypeAsync(application, ConsentTypes.Implicit, cancellationToken)
                || (session is not null
                    && await consents.CoverAsync(session.UserId, message.ClientId!, asked, cancellationToken));

            var decision = AuthorizationDecision.Of(message, session, wanted, consented, done, time.GetUtcNow());
            // Race: of requests that come with the same steps at once, one is answered for them.
            if (decision is AuthorizationDecision.SignIn or AuthorizationDecision.Refuse && !await interactions.TryTakeAsync(resumed, done))
                decision = AuthorizationDecision.Of(message, session, wanted, consented, Steps.None, time.GetUtcNow());
            switch (decision)
            {
                case AuthorizationDecision.Refuse refuse:
                    return await RefuseAsync(refuse.Refusal);
                case AuthorizationDecision.SignIn:
                    await server.SignInAsync(Principals.ForPerson(session!, message.ClientId!, message.GetScopes(), audience)
                        .SetClaim(GrantedClaims.Carrier, kept));
                    return await AnsweredAsync();
                case AuthorizationDecision.Consent:
                    return await SendToAsync(InteractionPage.Consent, AuthorizationStep.Consent);
                default:
                    return await SendToAsync(
                        session is null ? InteractionPage.Login : InteractionPage.LoginAgain, AuthorizationStep.Login);
            }

            async Task<Response> SendToAsync(InteractionPage page, AuthorizationStep step)
            {
                var interaction = resumed ?? interactions.New(new Interaction
                {
                    Endpoint = OAuthEndpoint.Authorization,
                    Request = Interactions.RequestOf(server.Parameters, OAuthEndpoint.Authorization),
                    ClientId = message.ClientId!,
                    ClientName = await applications.GetDisplayNameAsync(application, cancellationToken) ?? message.ClientId!,
                    Scopes = string.Join(' ', asked),
                    RedirectUri = message.RedirectUri!,
                    LoginHint = message.LoginHint,
                });
                await interactions.SendToAsync(page, interaction, cancellationToken);
                return new Response(interaction, step, Error: null, message.ClientId, Journey: null);
            }

            async Task<Response> RefuseAsync(Refusal refusal)
            {
                await server.RefuseAsync(refusal);
                return await AnsweredAsync();
            }

            // A request that proves no redirect URI is no application's, and begins no journey.
            async Task<Response> AnsweredAsync() => new(Interaction: null, AuthorizationStep.Ended, server.Outcome, server.ClientId,
                server.IsForApplication ? await journeys.EndAsync(resumed, arrived) : null);
        }
    }
}
