using System.Buffers;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Proves the redirect URI before anything else is looked at: it is always required, also of a client with only one, and must be
/// registered to the letter (OAuth 2.1 §4.1.1, OpenID Connect Core §3.1.2.1). From then on an error may go back to the client.
/// </summary>
internal sealed class ProveRedirectUri(IOpenIddictApplicationManager applications, AuditLog audit)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public const string Property = "Authly.ProvenRedirectUri";

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (string.IsNullOrEmpty(context.Request.RedirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The mandatory 'redirect_uri' parameter is missing.");
            return;
        }

        var application = await applications.FindByClientIdAsync(context.ClientId!, context.CancellationToken);
        if (application is null
            || !await applications.ValidateRedirectUriAsync(application, context.Request.RedirectUri, context.CancellationToken))
        {
            await audit.RecordAsync(new AuditEntry(SecurityEvent.RedirectMismatch, ActorKind.Anonymous)
            {
                ClientId = application is null ? null : context.ClientId,
            });
            context.Reject(Errors.InvalidRequest, "The 'redirect_uri' is not one that the client has registered.");
            return;
        }

        context.Transaction.SetProperty(Property, context.Request.RedirectUri);
    }
}

/// <summary>
/// OpenIddict keeps every refused request on our page; the specification keeps only those whose redirect URI is in doubt (RFC 6749
/// §4.1.2.1).
/// </summary>
internal sealed class ReturnToProvenRedirectUri : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        context.RedirectUri ??= context.Transaction.GetProperty<string>(ProveRedirectUri.Property);
        // An error must travel in some way, also where the request's own was wrong or could not be told.
        if (context.ResponseMode is not (ResponseModes.Query or ResponseModes.Fragment or ResponseModes.FormPost))
            context.ResponseMode = context.Request?.ResponseType?.Contains("token", StringComparison.Ordinal) is true
                ? ResponseModes.Fragment : ResponseModes.Query;
        // A native application takes no POST, and is opened by a person.
        if (context.ResponseMode == ResponseModes.FormPost && context.RedirectUri is { } uri && !ContinuePage.IsWeb(uri))
            context.ResponseMode = ResponseModes.Query;
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// A <c>code_challenge</c> is 43 characters of base64url (RFC 7636 §4.2). Threat: without one, a code that somebody gets hold of is
/// injected into another person's sign-in. Only a confidential client that was exempted may come without, and then an OpenID Connect
/// <c>nonce</c> must bind the code instead (OAuth 2.1 §7.5.1), unless that was given up as well.
/// </summary>
internal sealed class ValidateCodeChallenge(IOpenIddictApplicationManager applications, ClientAuthenticationLog log)
    : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    private static readonly SearchValues<char> Base64Url =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var request = context.Request;
        if (request.CodeChallenge is { Length: > 0 } challenge)
        {
            if (challenge.Length != 43 || challenge.AsSpan().ContainsAnyExcept(Base64Url))
                context.Reject(Errors.InvalidRequest, "The 'code_challenge' is not the base64url form of a SHA-256 hash.");
            return;
        }

        var application = await applications.FindByClientIdAsync(context.ClientId!, context.CancellationToken)
            ?? throw new InvalidOperationException("A validated request names a client that does not exist.");
        var hasNonce = !string.IsNullOrEmpty(request.Nonce) && request.HasScope(Scopes.OpenId);
        if (await applications.HasClientTypeAsync(application, ClientTypes.Public, context.CancellationToken))
        {
            context.Reject(Errors.InvalidRequest, "A public client must send a 'code_challenge' (PKCE, RFC 7636).");
        }
        else if (await applications.HasRequirementAsync(
            application, Requirements.Features.ProofKeyForCodeExchange, context.CancellationToken))
        {
            log.Unbound(context.ClientId!);
            context.Reject(Errors.InvalidRequest, "A 'code_challenge' is required: switch PKCE (S256) on in the client; or, where it "
                + "cannot, register it with \"require_pkce\": false and let it send a 'nonce' with the scope openid.");
        }
        else if (!hasNonce && (await applications.GetSettingsAsync(application, context.CancellationToken)).Is(
            ClientSettings.RequireNonce, otherwise: true))
        {
            log.Unbound(context.ClientId!);
            context.Reject(Errors.InvalidRequest, "Without a 'code_challenge', the scope openid and a 'nonce' are required; "
                + "a client that can send neither needs \"require_nonce\": false in its registration.");
        }
        else if (!hasNonce)
        {
            log.Unbound(context.ClientId!);
        }
    }
}
