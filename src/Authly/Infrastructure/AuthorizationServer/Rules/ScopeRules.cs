using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>Narrows an authorization request to the scopes that the client may have.</summary>
internal sealed class NarrowRequestedScopes(RequestedScopes scopes) : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (!await scopes.NarrowAsync(context.Request, context.CancellationToken))
            context.Reject(Errors.InvalidScope, Description);
    }

    public const string Description = "None of the requested scopes exists and is the client's.";
}

/// <summary>So for a token request, once the client has authenticated.</summary>
internal sealed class NarrowScopesOfTokenRequest(RequestedScopes scopes) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (!await scopes.NarrowAsync(context.Request, context.CancellationToken))
            context.Reject(Errors.InvalidScope, NarrowRequestedScopes.Description);
    }
}

/// <summary>An answer with an access token always says for which scopes (RFC 6749 §5.1).</summary>
internal sealed class SayGrantedScopes : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context is { IncludeAccessToken: true, AccessTokenPrincipal: { } token })
            context.Response.Scope = token.GetScopes() is { Length: > 0 } scopes ? string.Join(' ', scopes) : null;
        return ValueTask.CompletedTask;
    }
}
