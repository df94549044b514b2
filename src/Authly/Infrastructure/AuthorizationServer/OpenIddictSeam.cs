using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// The seam between a handler and OpenIddict, bound to the current HTTP request: the handler decides when OpenIddict reads the
/// request and what it answers, so that every outcome, refusals included, passes through MediatR.
/// </summary>
internal sealed class OpenIddictSeam(
    IHttpContextAccessor accessor, IAuthenticationHandlerProvider handlers, Documents documents, AuditLog audit,
    Instruments instruments)
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    private readonly HttpContext _http = accessor.HttpContext ?? throw new InvalidOperationException("There is no HTTP request to serve.");
    private ProtocolError? _refused;

    /// <summary>The person's session at this server, confirmed by the database; null when nobody is signed in.</summary>
    public CurrentSession? Session => CurrentSession.From(_http.User);

    public ProtocolParameters Parameters =>
        ProtocolParameters.Of(_http) ?? throw new InvalidOperationException("This is not a protocol endpoint.");

    /// <summary>What was answered: null for success, else the error that the client was told.</summary>
    public ProtocolError? Outcome =>
        _refused ?? (_http.GetOpenIddictServerResponse()?.Error is { Length: > 0 } code ? ProtocolNames.ParseError(code) : null);

    /// <summary>
    /// The client that the request is of, once it is known to be one; what it calls itself otherwise is nobody's business.
    /// </summary>
    public string? ClientId => Outcome is ProtocolError.InvalidClient ? null : _http.GetOpenIddictServerRequest()?.ClientId;

    /// <summary>Whether the application that an authorization request is of could be told what became of it.</summary>
    public bool IsForApplication => _http.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction?
        .GetProperty<string>(ProveRedirectUri.Property) is not null;

    /// <summary>What OpenIddict has answered; null where it has not.</summary>
    public OpenIddictResponse? Answer => _http.GetOpenIddictServerResponse();

    public Answered Answered => new(Outcome, ClientId);

    /// <summary>
    /// Lets OpenIddict read and validate the request. Null where it has already answered: a refusal, or an endpoint that it serves itself.
    /// </summary>
    public async Task<OpenIddictRequest?> ReceiveAsync()
    {
        if (Parameters is { Refusal: { } refusal, IsForClient: false })
        {
            await RefuseUnreadAsync(refusal);
            return null;
        }

        var handler = await handlers.GetHandlerAsync(_http, Scheme) as IAuthenticationRequestHandler
            ?? throw new InvalidOperationException("The authorization server's scheme is not registered.");
        return await handler.HandleRequestAsync() ? null : _http.GetOpenIddictServerRequest();
    }

    /// <summary>Refuses a request that OpenIddict has not read, in the endpoint's own style.</summary>
    public async Task RefuseUnreadAsync(Refusal refusal)
    {
        _refused = refusal.Error;
        if (refusal.Error == ProtocolError.InvalidClient)
        {
            await audit.RecordAsync(new AuditEntry(SecurityEvent.ClientAuthFailed, ActorKind.Anonymous)
            {
                Detail = Label<ClientAuthMethod>.Of(ClientAuthMethod.ClientSecretBasic),
            });
            instruments.ClientAuthenticated(ClientAuthMethod.ClientSecretBasic, ClientAuthOutcome.Failed);
        }

        await ErrorStyles.RefuseAsync(_http, refusal);
    }

    /// <summary>
    /// Where the request names an interaction, puts that one's request in its place, as if the application had sent it now. One that is
    /// over, or never was, leads to the page that says so.
    /// </summary>
    public async Task<(Interaction? Interaction, bool IsOver)> ResumeAsync(
        Interactions interactions, OAuthEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (Parameters is { Refusal: not null } || Interactions.HandleIn(Parameters) is not { } handle)
            return (null, false);
        if (await interactions.FindAsync(handle, endpoint, cancellationToken) is not { } interaction)
        {
            // A person reads it, so a page says what happened and where to go.
            _refused = ProtocolError.InvalidRequest;
            _http.Response.Redirect($"{Pages.UrlOf(_http, Pages.Interrupted)}?{Interactions.Parameter}={Uri.EscapeDataString(handle)}");
            return (null, true);
        }

        _http.Features.Set(new ResumedInteraction(interaction));
        _http.Request.QueryString = new QueryString(interaction.Request);
        ProtocolParameters.Resume(_http);
        return (interaction, false);
    }

    /// <summary>The address that a sign-out wanted to lead to, and may not.</summary>
    public string? RefusedPostLogoutRedirectUri =>
        _http.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction?.GetProperty<string>(ProvePostLogoutRedirectUri.Refused);

    /// <summary>Answers with discovery or JWKS.</summary>
    public async Task ReceiveDocumentRequestAsync()
    {
        if (Parameters.Refusal is not null || !await documents.TryWriteAsync(_http))
            await ReceiveAsync();
    }

    /// <summary>
    /// The person or client that the validated token of this request speaks for: a code, a refresh token, an access token or an
    /// <c>id_token_hint</c>.
    /// </summary>
    public async Task<ClaimsPrincipal?> AuthenticateAsync() => (await _http.AuthenticateAsync(Scheme)).Principal;

    /// <summary>Answers with the tokens that the principal describes.</summary>
    public Task SignInAsync(ClaimsPrincipal principal) => _http.SignInAsync(Scheme, principal);

    /// <summary>Answers with an error, in the form that the endpoint owes.</summary>
    public Task RefuseAsync(Refusal refusal) => _http.ForbidAsync(Scheme, new AuthenticationProperties(
        new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = refusal.Error.Name(),
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = refusal.Description,
        }));

    /// <summary>
    /// Ends the browser's session cookie and answers the end session request; without a registered URI to return to, at the page
    /// <paramref name="otherwise"/>.
    /// </summary>
    public async Task SignOutAsync(string otherwise)
    {
        await _http.SignOutAsync(Sessions.Scheme);
        await _http.SignOutAsync(Scheme, new AuthenticationProperties { RedirectUri = Pages.UrlOf(_http, otherwise) });
    }
}
