using System.Security.Cryptography;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>OpenIddict's options: from the settings, the keys, and what the slices declare.</summary>
internal sealed class ConfigureServer(AuthlyOptions authly, SigningKeyRing ring) : IConfigureOptions<OpenIddictServerOptions>
{
    public void Configure(OpenIddictServerOptions options)
    {
        options.Issuer = new Uri(authly.Issuer!, UriKind.Absolute);
        options.AuthorizationCodeLifetime = authly.Lifetimes.AuthorizationCode;
        options.AccessTokenLifetime = authly.Lifetimes.AccessToken;
        options.IdentityTokenLifetime = authly.Lifetimes.IdToken;
        options.RefreshTokenLifetime = authly.Lifetimes.RefreshTokenIdle;
        // Strict rotation: a refresh token is good for one use (RFC 9700 §4.14.2); what RefreshTokenGrace allows is no second use.
        options.RefreshTokenReuseLeeway = null;
        options.CodeChallengeMethods.Clear();
        options.CodeChallengeMethods.Add(CodeChallengeMethods.Sha256);
        options.ResponseModes.Clear();
        options.ResponseModes.UnionWith([ResponseModes.Query, ResponseModes.FormPost, ResponseModes.Fragment]);
        options.ClientAuthenticationMethods.Clear();
        options.ClientAuthenticationMethods.UnionWith(ClientMetadataValidator.AuthMethods);
        options.ClientAssertionTypes.Clear();
        options.SigningCredentials.AddRange(ring.Configured.Select(key => key.Credentials));
        // OpenIddict insists on one; nothing is encrypted with it: JWTs here are signed only, the rest is Data Protection's.
        options.EncryptionCredentials.Add(new EncryptingCredentials(
            new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)), SecurityAlgorithms.Aes256KW,
                SecurityAlgorithms.Aes256CbcHmacSha512));

        foreach (var endpoint in Declared.Endpoints)
        {
            if (endpoint.Declaration.Type is not { } type)
                continue;
            // OpenIddict has paths of its own for the documents.
            var uris = UrisOf(options, type);
            uris.Clear();
            uris.AddRange(endpoint.Declaration.Paths.Select(path => new Uri(path.TrimStart('/'), UriKind.Relative)));
        }

        foreach (var grant in Declared.Grants)
        {
            options.GrantTypes.Add(grant.Declaration.Type);
            if (grant.Declaration.ResponseType is { } responseType)
                options.ResponseTypes.Add(responseType);
        }

        // The scope by which a client asks for a refresh token, where there is that grant.
        if (options.GrantTypes.Contains(GrantTypes.RefreshToken))
            options.Scopes.Add(Scopes.OfflineAccess);
    }

    private static List<Uri> UrisOf(OpenIddictServerOptions options, OAuthEndpoint endpoint) => endpoint switch
    {
        OAuthEndpoint.Authorization => options.AuthorizationEndpointUris,
        OAuthEndpoint.Token => options.TokenEndpointUris,
        OAuthEndpoint.Userinfo => options.UserInfoEndpointUris,
        OAuthEndpoint.Introspection => options.IntrospectionEndpointUris,
        OAuthEndpoint.Revocation => options.RevocationEndpointUris,
        OAuthEndpoint.EndSession => options.EndSessionEndpointUris,
        OAuthEndpoint.Discovery => options.ConfigurationEndpointUris,
        OAuthEndpoint.Jwks => options.JsonWebKeySetEndpointUris,
        _ => throw new InvalidOperationException($"OpenIddict has no endpoint {endpoint}."),
    };
}

/// <summary>Where OpenIddict lets a handler answer, it does; the other endpoints it answers itself when the handler asks.</summary>
internal sealed class ConfigurePassthrough : IConfigureOptions<OpenIddictServerAspNetCoreOptions>
{
    public void Configure(OpenIddictServerAspNetCoreOptions options) => options.EnableAuthorizationEndpointPassthrough =
        options.EnableTokenEndpointPassthrough = options.EnableUserInfoEndpointPassthrough = options.EnableEndSessionEndpointPassthrough =
            true;
}

/// <summary>Stops a start with a flow that is enabled and whose kinds of token are not in the table.</summary>
internal sealed class EveryFlowHasItsTokens : IValidateOptions<OpenIddictServerOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenIddictServerOptions options) =>
        TokenKinds.MissingFor(options).ToList() is { Count: > 0 } missing
        ? ValidateOptionsResult.Fail(
            missing.Select(type => $"An enabled flow has tokens of the type {type}, and {nameof(TokenKinds)} has no row for it."))
        : ValidateOptionsResult.Success;
}
