using Authly.Infrastructure.AuthorizationServer.Plain;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer;

internal static class AuthorizationServerExtensions
{
    public static void AddAuthorizationServer(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddScoped<OpenIddictSeam>();
        services.AddScoped<PlainSeam>();
        services.AddScoped<PlainIntrospection>();
        services.AddSingleton<PlainClients>();
        services.AddSingleton<ProtectedTokens>();
        services.AddSingleton<PresentedTokens>();
        services.AddSingleton<PlainTokens>();
        services.AddSingleton<VerifiedTokens>();
        services.AddSingleton<PlainAccessTokens>();
        services.AddScoped<Audiences>();
        services.AddScoped<StandingScopes>();
        services.AddScoped<RequestedScopes>();
        services.AddScoped<GrantedClaims>();
        services.AddScoped<IntrospectionAudience>();
        services.AddSingleton<ClientAuthenticationLog>();
        services.AddScoped<AcceptedClient>();
        services.AddSingleton<GrantAudit>();
        services.AddScoped<Interactions>();
        services.AddSingleton<IPruning, InteractionPruning>();
        services.AddScoped<Journeys>();
        services.AddHostedService<AbandonedJourneys>();
        services.AddSingleton<Documents>();
        services.AddSingleton<RefreshTokenGrace>();
        // Keeps the authentication middleware from answering protocol requests: their handlers ask OpenIddict themselves.
        services.AddSingleton<IAuthenticationSchemeProvider, HandlerDrivenSchemeProvider>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, ConfigureServer>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerAspNetCoreOptions>, ConfigurePassthrough>();
        services.AddSingleton<IValidateOptions<OpenIddictServerOptions>, EveryFlowHasItsTokens>();

        services.AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<AuthlyDbContext>()
                    .ReplaceDefaultEntities<Client, Authorization, Scope, Token, Guid>();
                core.ReplaceApplicationManager<Client, ClientManager>();
                core.ReplaceScopeManager<Scope, ScopeManager>();
            })
            .AddServer(server =>
            {
                server.RegisterScopes([.. StandardScopes.All]);
                server.RegisterPromptValues(PromptValues.None, PromptValues.Login, PromptValues.Consent, PromptValues.SelectAccount);
                server.RegisterClaims([
                    Claims.Subject, Claims.AuthenticationTime, Claims.AuthenticationContextReference, Claims.AuthenticationMethodReference,
                        SessionClaims.Id,
                    Claims.Nonce, .. StandardScopes.AllClaims]);
                server.DisableAccessTokenEncryption();
                // `resource` is checked against the resources of the granted scopes instead (RFC 8707), see Audiences.
                server.DisableResourceValidation().IgnoreResourcePermissions();
                // Codes and refresh tokens in Data Protection's format: a retired signing key then outlives access and id tokens only.
                server.UseDataProtection().PreferDefaultAccessTokenFormat();
                server.UseAspNetCore()
                    .EnableStatusCodePagesIntegration()
                    .SuppressJsonResponseIndentation()
                    .SetRealm("Authly")
                    // The issuer says whether TLS is spoken; whether here or at a proxy is not for a header to claim.
                    .DisableTransportSecurityRequirement();
                server.AddProtocolRules();
            });
        services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, Dispatcher>());
    }

    private sealed class HandlerDrivenSchemeProvider(IOptions<AuthenticationOptions> options) : AuthenticationSchemeProvider(options)
    {
        public override Task<IEnumerable<AuthenticationScheme>> GetRequestHandlerSchemesAsync() =>
            Task.FromResult<IEnumerable<AuthenticationScheme>>([]);
    }
}
