using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;
using AspNet = OpenIddict.Server.AspNetCore.OpenIddictServerAspNetCoreHandlers;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>Where Authly is stricter than OpenIddict, or checks in another order: each rule is one event handler in this folder.</summary>
internal static class ProtocolRules
{
    public static void AddProtocolRules(this OpenIddictServerBuilder server)
    {
        // Replaced: OpenIddict lets the loser of a refresh race go on, and leaves the family's authorization alive on a replay; and it
        // reads and writes each row alone. Here one statement redeems and writes, and one reads a token with its authorization.
        server.RemoveEventHandler(RedeemTokenEntry.Descriptor);
        server.RemoveEventHandler(AttachAuthorization.Descriptor);
        server.RemoveEventHandler(Protection.CreateTokenEntry.Descriptor);
        server.RemoveEventHandler(Protection.AttachTokenPayload.Descriptor);
        server.RemoveEventHandler(Protection.ValidateReferenceTokenIdentifier.Descriptor);
        server.RemoveEventHandler(Protection.RestoreTokenEntryProperties.Descriptor);
        server.RemoveEventHandler(Protection.ValidateTokenEntry.Descriptor);
        server.RemoveEventHandler(Protection.ValidateAuthorizationEntry.Descriptor);
        server.RemoveEventHandler(Revocation.RevokeToken.Descriptor);
        server.Add<ProcessSignInContext, RedeemToken>(RedeemTokenEntry.Descriptor.Order);
        server.Add<ProcessSignInContext, GrantRefreshTokens>(EvaluateGeneratedTokens.Descriptor.Order + 500);
        server.Add<ProcessSignInContext, AttachFamily>(AttachAuthorization.Descriptor.Order);
        server.Add<ProcessSignInContext, NarrowAudience>(PrepareAccessTokenPrincipal.Descriptor.Order + 500);
        server.Add<GenerateTokenContext, AttachTokenEntry>(Protection.CreateTokenEntry.Descriptor.Order);
        server.Add<GenerateTokenContext, AttachReference>(Protection.AttachTokenPayload.Descriptor.Order);
        server.Add<ProcessSignInContext, CommitTokens>(BeautifyGeneratedTokens.Descriptor.Order - 500);
        server.Add<ValidateTokenContext, FindReferencedToken>(Protection.ValidateReferenceTokenIdentifier.Descriptor.Order);
        server.Add<ValidateTokenContext, RestoreTokenEntry>(Protection.RestoreTokenEntryProperties.Descriptor.Order);
        server.Add<ValidateTokenContext, ValidateTokenStatus>(Protection.ValidateTokenEntry.Descriptor.Order);
        server.Add<ValidateTokenContext, ValidateTokenAccount>(Protection.ValidateAuthorizationEntry.Descriptor.Order);
        server.Add<HandleRevocationRequestContext, RevokeFamily>(Revocation.RevokeToken.Descriptor.Order);

        server.Read<ExtractAuthorizationRequestContext>(AspNet.ExtractGetOrPostRequest<ExtractAuthorizationRequestContext>.Descriptor);
        server.Read<ExtractEndSessionRequestContext>(AspNet.ExtractGetOrPostRequest<ExtractEndSessionRequestContext>.Descriptor);
        server.Read<ExtractUserInfoRequestContext>(AspNet.ExtractGetOrPostRequest<ExtractUserInfoRequestContext>.Descriptor);
        server.Read<ExtractIntrospectionRequestContext>(AspNet.ExtractGetOrPostRequest<ExtractIntrospectionRequestContext>.Descriptor,
            AspNet.ExtractBasicAuthenticationCredentials<ExtractIntrospectionRequestContext>.Descriptor);
        server.Read<ExtractRevocationRequestContext>(AspNet.ExtractPostRequest<ExtractRevocationRequestContext>.Descriptor,
            AspNet.ExtractBasicAuthenticationCredentials<ExtractRevocationRequestContext>.Descriptor);
        server.Read<ExtractTokenRequestContext>(AspNet.ExtractPostRequest<ExtractTokenRequestContext>.Descriptor,
            AspNet.ExtractBasicAuthenticationCredentials<ExtractTokenRequestContext>.Descriptor);

        // Moved: an error found after redirect_uri is proven goes back to the client, one found before stays on our page.
        var proven = Authentication.ValidateRedirectUriParameter.Descriptor.Order;
        server.RemoveEventHandler(Authentication.ValidateClientRedirectUri.Descriptor);
        server.RemoveEventHandler(Authentication.ValidateRequestUriParameter.Descriptor);
        server.Add<ValidateAuthorizationRequestContext, ProveRedirectUri>(proven + 100);
        server.Add<ValidateAuthorizationRequestContext, RefuseUnreadable>(proven + 150);
        server.Move<ValidateAuthorizationRequestContext>(Authentication.ValidateRequestParameter.Descriptor, proven + 200);
        server.Add<ApplyAuthorizationResponseContext, ReturnToProvenRedirectUri>(Authentication.InferResponseMode.Descriptor.Order + 500);
        server.RemoveEventHandler(Authentication.ValidateProofKeyForCodeExchangeRequirement.Descriptor);
        server.Add<ValidateAuthorizationRequestContext, ValidateCodeChallenge>(
            Authentication.ValidateProofKeyForCodeExchangeRequirement.Descriptor.Order);

        // Replaced: what does not exist or is not the client's falls away.
        server.RemoveEventHandler(Authentication.ValidateScopeParameter.Descriptor);
        server.RemoveEventHandler(Authentication.ValidateScopes.Descriptor);
        server.RemoveEventHandler(Authentication.ValidateScopePermissions.Descriptor);
        server.RemoveEventHandler(Exchange.ValidateScopeParameter.Descriptor);
        server.RemoveEventHandler(Exchange.ValidateScopes.Descriptor);
        server.RemoveEventHandler(Exchange.ValidateScopePermissions.Descriptor);
        server.Add<ValidateAuthorizationRequestContext, NarrowRequestedScopes>(proven + 300);
        server.Add<ValidateTokenRequestContext, NarrowScopesOfTokenRequest>(Exchange.ValidateAuthentication.Descriptor.Order + 500);
        server.Add<ProcessSignInContext, SayGrantedScopes>(AttachSignInParameters.Descriptor.Order + 500);

        // Removed: a client without credentials is invalid_client, as any other that fails to authenticate (RFC 6749 §5.2).
        server.RemoveEventHandler(Exchange.ValidateClientCredentialsParameters.Descriptor);
        server.Add<ProcessAuthenticationContext, EqualizeUnknownClients>(ValidateClientId.Descriptor.Order - 500);
        server.RemoveEventHandler(ValidateClientSecret.Descriptor);
        server.Add<ProcessAuthenticationContext, ProveClientSecret>(ValidateClientSecret.Descriptor.Order);
        server.Add<ProcessAuthenticationContext, EnforceClientAuthenticationMethod>(ValidateClientSecret.Descriptor.Order + 500);
        server.Add<GenerateTokenContext, ChooseSigningKey>(Protection.AttachSecurityCredentials.Descriptor.Order + 500);
        server.RemoveEventHandler(Protection.GenerateIdentityModelToken.Descriptor);
        server.Add<GenerateTokenContext, WriteJsonWebToken>(Protection.GenerateIdentityModelToken.Descriptor.Order);
        server.Add<ProcessSignInContext, AddIdTokenClaims>(PrepareIdentityTokenPrincipal.Descriptor.Order + 500);
        server.Add<GenerateTokenContext, StartTokenTimer>(int.MinValue + 1);
        server.Add<GenerateTokenContext, StopTokenTimer>(int.MaxValue - 1);
        server.Add<ValidateTokenRequestContext, ReportFailedProof>(Exchange.ValidateCodeVerifier.Descriptor.Order - 500);
        server.Add<ProcessChallengeContext, DropErrorUri>(AttachCustomChallengeParameters.Descriptor.Order + 500);
        server.Add<ProcessErrorContext, UnifyErrors>(AttachErrorParameters.Descriptor.Order - 500);
        server.Add<ApplyAuthorizationResponseContext,
            FormPost>(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order - 500);
        server.Add<ApplyAuthorizationResponseContext,
            ContinueToClient>(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order + 500);
        server.Add<ApplyEndSessionResponseContext,
            ContinueAfterSignOut>(OpenIddictServerAspNetCoreHandlers.Session.ProcessQueryResponse.Descriptor.Order - 500);
        server.RemoveEventHandler(Session.ValidatePostLogoutRedirectUriParameter.Descriptor);
        server.RemoveEventHandler(Session.ValidateClientPostLogoutRedirectUri.Descriptor);
        server.RemoveEventHandler(Session.ValidateAuthorizedParty.Descriptor);
        server.RemoveEventHandler(Session.AttachPostLogoutRedirectUri.Descriptor);
        server.Add<ApplyEndSessionResponseContext, AttachProvenPostLogoutRedirectUri>(Session.AttachPostLogoutRedirectUri.Descriptor.Order);
        server.Add<ValidateEndSessionRequestContext, ProvePostLogoutRedirectUri>(
            Session.ValidateClientPostLogoutRedirectUri.Descriptor.Order);
        server.Add<ApplyAuthorizationResponseContext, ExactIssuer>(Authentication.AttachIssuer.Descriptor.Order - 500);
        server.RemoveEventHandler(Introspection.ValidateAuthorizedParty.Descriptor);
        server.RemoveEventHandler(Introspection.AttachApplicationClaims.Descriptor);
        server.Add<ValidateIntrospectionRequestContext, ValidateIntrospectingClient>(
            Introspection.ValidateAuthorizedParty.Descriptor.Order);
        server.Add<HandleIntrospectionRequestContext, DescribeIntrospectedToken>(Introspection.AttachApplicationClaims.Descriptor.Order);
        server.Add<ApplyIntrospectionResponseContext,
            ExactIntrospectionIssuer>(Introspection.NormalizeErrorResponse.Descriptor.Order + 500);
        server.Add<HandleConfigurationRequestContext, CompleteConfiguration>(int.MaxValue - 50_000);
        server.Add<ApplyConfigurationResponseContext, CacheConfiguration>(400_000);
        server.Add<ApplyJsonWebKeySetResponseContext, CacheJsonWebKeys>(400_000);
    }

    /// <summary>Puts our reading of requests in the place of OpenIddict's.</summary>
    private static void Read<TContext>(this OpenIddictServerBuilder server, params OpenIddictServerHandlerDescriptor[] replaced)
        where TContext : BaseValidatingContext
    {
        foreach (var descriptor in replaced)
            server.RemoveEventHandler(descriptor);
        server.Add<TContext, ReadRequest<TContext>>(replaced[0].Order);
    }

    private static void Add<TContext, THandler>(this OpenIddictServerBuilder server, int order)
        where TContext : BaseContext
        where THandler : class, IOpenIddictServerHandler<TContext> =>
        server.AddEventHandler(OpenIddictServerHandlerDescriptor.CreateBuilder<TContext>()
            .UseScopedHandler<THandler>()
            .SetOrder(order)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build());

    private static void Move<TContext>(this OpenIddictServerBuilder server, OpenIddictServerHandlerDescriptor descriptor, int order)
        where TContext : BaseContext =>
        server.Services.PostConfigure<OpenIddictServerOptions>(options =>
        {
            options.Handlers.RemoveAll(handler => handler.ServiceDescriptor.ServiceType == descriptor.ServiceDescriptor.ServiceType);
            options.Handlers.Add(OpenIddictServerHandlerDescriptor.CreateBuilder<TContext>().Import(descriptor).SetOrder(order).Build());
            options.Handlers.Sort((left, right) => left.Order.CompareTo(right.Order));
        });
}
