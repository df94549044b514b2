using System.Security.Cryptography;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.EntityFrameworkCore.Models;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

internal static class AuthorizationServerExtensions
{
    public static void AddAuthorizationServer(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddHttpContextAccessor();
        services.AddScoped<OpenIddictSeam>();
        services.AddScoped<Audiences>();
        services.AddScoped<StandingScopes>();
        services.AddSingleton<Interactions>();
        services.AddSingleton<Documents>();
        services.AddSingleton<Registrations>();
        services.AddSingleton<ClientSecrets>();
        services.AddSingleton<RefreshTokenGrace>();
        // Keeps the authentication middleware from answering protocol requests: their handlers ask OpenIddict themselves.
        services.AddSingleton<IAuthenticationSchemeProvider, HandlerDrivenSchemeProvider>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, ConfigureServer>();
        services.AddCors(cors => cors.AddPolicy(ProtocolEndpoints.CrossOrigin, policy => policy
            .AllowAnyOrigin().WithMethods("GET", "POST").WithHeaders("Authorization", "Content-Type", "DPoP").WithExposedHeaders("WWW-Authenticate").SetPreflightMaxAge(TimeSpan.FromHours(1))));

        services.AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<AuthlyDbContext>().ReplaceDefaultEntities<Guid>();
                core.ReplaceApplicationManager<OpenIddictEntityFrameworkCoreApplication<Guid>, ClientManager>();
                core.ReplaceScopeManager<OpenIddictEntityFrameworkCoreScope<Guid>, ScopeManager>();
            })
            .AddServer(server =>
            {
                server.SetAuthorizationEndpointUris("oauth/authorize")
                    .SetTokenEndpointUris("oauth/token")
                    .SetIntrospectionEndpointUris("oauth/introspect")
                    .SetRevocationEndpointUris("oauth/revoke")
                    .SetUserInfoEndpointUris("oidc/userinfo")
                    .SetEndSessionEndpointUris("oidc/logout")
                    .SetConfigurationEndpointUris(".well-known/openid-configuration", ".well-known/oauth-authorization-server")
                    .SetJsonWebKeySetEndpointUris(".well-known/jwks.json");
                server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().AllowClientCredentialsFlow();
                server.RegisterScopes(Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.Address, Scopes.Phone, Scopes.OfflineAccess);
                server.RegisterPromptValues(PromptValues.None, PromptValues.Login, PromptValues.Consent, PromptValues.SelectAccount);
                server.RegisterClaims(
                    Claims.Subject, Claims.AuthenticationTime, "acr", Claims.AuthenticationMethodReference, "sid", Claims.Nonce,
                    Claims.Name, Claims.GivenName, Claims.FamilyName, Claims.MiddleName, Claims.Nickname, Claims.PreferredUsername, Claims.Profile,
                    Claims.Picture, Claims.Website, Claims.Gender, Claims.Birthdate, Claims.Zoneinfo, Claims.Locale, Claims.UpdatedAt,
                    Claims.Email, Claims.EmailVerified, Claims.Address, Claims.PhoneNumber, Claims.PhoneNumberVerified);
                server.DisableAccessTokenEncryption();
                // `resource` is checked against the resources of the granted scopes instead (RFC 8707), see Audiences.
                server.DisableResourceValidation().IgnoreResourcePermissions();
                // Codes and refresh tokens in Data Protection's format: a retired signing key then outlives access and id tokens only.
                server.UseDataProtection().PreferDefaultAccessTokenFormat();
                server.UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableTokenEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    .EnableStatusCodePagesIntegration()
                    .SuppressJsonResponseIndentation()
                    .SetRealm("Authly")
                    // The issuer says whether TLS is spoken; whether here or at a proxy is not for a header to claim.
                    .DisableTransportSecurityRequirement();
                server.AddProtocolRules();
            });
        services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, Dispatcher>());
    }

    private sealed class ConfigureServer(AuthlyOptions authly, SigningKeyRing ring) : IConfigureOptions<OpenIddictServerOptions>
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
            options.ClientAuthenticationMethods.UnionWith([ClientAuthenticationMethods.ClientSecretBasic, ClientAuthenticationMethods.ClientSecretPost, ClientAuthenticationMethods.None]);
            options.ClientAssertionTypes.Clear();
            options.SigningCredentials.AddRange(ring.Configured.Select(key => key.Credentials));
            // OpenIddict insists on one; nothing is encrypted with it: JWTs here are signed only, the rest is Data Protection's.
            options.EncryptionCredentials.Add(new EncryptingCredentials(
                new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        }
    }

    private sealed class HandlerDrivenSchemeProvider(IOptions<AuthenticationOptions> options) : AuthenticationSchemeProvider(options)
    {
        public override async Task<IEnumerable<AuthenticationScheme>> GetRequestHandlerSchemesAsync() =>
            (await base.GetRequestHandlerSchemesAsync()).Where(scheme => scheme.Name != OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }
}
