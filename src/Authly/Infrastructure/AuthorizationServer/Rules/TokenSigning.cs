using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Access tokens are signed with ES256; id tokens with RS256, OpenID Connect's default, or with ES256 for a client that registered
/// it (<c>id_token_signed_response_alg</c>). Either names the issuer exactly as configured, which clients compare as text.
/// </summary>
internal sealed class ChooseSigningKey(SigningKeyRing ring, AuthlyOptions options, IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<GenerateTokenContext>
{
    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        var algorithm = SecurityAlgorithms.EcdsaSha256;
        if (context.TokenType == TokenTypeIdentifiers.IdentityToken)
        {
            var application = context.ClientId is { } id ? await applications.FindByClientIdAsync(id, context.CancellationToken) : null;
            var settings = application is null ? null : await applications.GetSettingsAsync(application, context.CancellationToken);
            algorithm = settings?.GetValueOrDefault(ClientSettings.IdTokenAlgorithm) ?? SecurityAlgorithms.RsaSha256;
        }

        context.SigningCredentials = ring.Active(algorithm);
        context.Principal.SetClaim(Claims.Private.Issuer, options.Issuer);
    }
}

/// <summary>The <c>iss</c> of an introspected token, as it stands in the token (RFC 7662 §2.2).</summary>
internal sealed class ExactIntrospectionIssuer(AuthlyOptions options) : IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        if (context.Response.HasParameter(Claims.Issuer))
            context.Response[Claims.Issuer] = options.Issuer;
        return ValueTask.CompletedTask;
    }
}

/// <summary>The <c>iss</c> of an authorization response, exactly as configured (RFC 9207 §2).</summary>
internal sealed class ExactIssuer(AuthlyOptions options) : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (!string.IsNullOrEmpty(context.RedirectUri))
            context.Response.Iss = options.Issuer;
        return ValueTask.CompletedTask;
    }
}
