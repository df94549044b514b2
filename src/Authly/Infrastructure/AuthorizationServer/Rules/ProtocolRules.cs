using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

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

        // Moved: an error found after redirect_uri is proven goes back to the client, one found before stays on our page.
        var proven = Authentication.ValidateRedirectUriParameter.Descriptor.Order;
        server.RemoveEventHandler(Authentication.ValidateClientRedirectUri.Descriptor);
        server.Add<ValidateAuthorizationRequestContext, ProveRedirectUri>(proven + 100);
        server.Move<ValidateAuthorizationRequestContext>(Authentication.ValidateRequestParameter.Descriptor, proven + 200);
        server.Add<ApplyAuthorizationResponseContext, ReturnToProvenRedirectUri>(Authentication.InferResponseMode.Descriptor.Order + 500);
        server.Add<ValidateAuthorizationRequestContext, ValidateCodeChallenge>(
            Authentication.ValidateProofKeyForCodeExchangeRequirement.Descriptor.Order + 500);

        // Removed: a client without credentials is invalid_client, as any other that fails to authenticate (RFC 6749 §5.2).
        server.RemoveEventHandler(Exchange.ValidateClientCredentialsParameters.Descriptor);
        server.Add<ProcessAuthenticationContext, EqualizeUnknownClients>(ValidateClientId.Descriptor.Order - 500);
        server.Add<ProcessAuthenticationContext, EnforceClientAuthenticationMethod>(ValidateClientSecret.Descriptor.Order + 500);
        server.Add<GenerateTokenContext, ChooseSigningKey>(Protection.AttachSecurityCredentials.Descriptor.Order + 500);
        server.Add<GenerateTokenContext, StartTokenTimer>(int.MinValue + 1);
        server.Add<GenerateTokenContext, StopTokenTimer>(int.MaxValue - 1);
        server.Add<ExtractTokenRequestContext, IgnoreUndefinedParameters>(int.MaxValue - 50_000);
        server.Add<ValidateTokenRequestContext, ReportFailedProof>(Exchange.ValidateCodeVerifier.Descriptor.Order - 500);
        server.Add<ProcessErrorContext, UnifyErrors>(AttachErrorParameters.Descriptor.Order - 500);
        server.Add<ApplyAuthorizationResponseContext,
            FormPost>(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order - 500);
        server.Add<ApplyAuthorizationResponseContext, ExactIssuer>(Authentication.AttachIssuer.Descriptor.Order - 500);
        server.Add<ApplyIntrospectionResponseContext,
            ExactIntrospectionIssuer>(Introspection.NormalizeErrorResponse.Descriptor.Order + 500);
        server.Add<HandleConfigurationRequestContext, CompleteConfiguration>(int.MaxValue - 50_000);
        server.Add<ApplyConfigurationResponseContext, CacheConfiguration>(400_000);
        server.Add<ApplyJsonWebKeySetResponseContext, CacheJsonWebKeys>(400_000);
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
