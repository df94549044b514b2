using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>What OpenIddict's document leaves out, or promises too much (OpenID Connect Discovery §3, RFC 8414 §2).</summary>
internal sealed class CompleteConfiguration(Registrations registrations) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        var scopes = registrations.ScopeNames;
        context.Scopes.UnionWith(scopes);
        // Race: they may change before the document is written.
        context.Transaction.SetProperty(CacheConfiguration.Scopes, scopes);
        // Introspection is for confidential clients only.
        context.IntrospectionEndpointAuthenticationMethods.Remove(ClientAuthenticationMethods.None);
        context.Metadata["acr_values_supported"] = ListOf(Sessions.PasswordLevel);
        context.Metadata["claim_types_supported"] = ListOf("normal");
        context.Metadata[Metadata.ClaimsParameterSupported] = true;
        return ValueTask.CompletedTask;
    }

    private static OpenIddictParameter ListOf(string value) => new(JsonSerializer.SerializeToElement<string[]>([value]));
}

internal sealed class CacheConfiguration(Documents documents, AuthlyOptions options)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public const string Scopes = "Authly.Scopes";

    public async ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Error is not null)
            return;
        context.Response[Metadata.Issuer] = options.Issuer;
        await documents.WriteAsync(context.Transaction.GetHttpRequest()!.HttpContext, context.Response, context.Options,
            context.Transaction.GetProperty<IReadOnlyCollection<string>>(Scopes) ?? []);
        context.HandleRequest();
    }
}

internal sealed class CacheJsonWebKeys(Documents documents, Registrations registrations)
    : IOpenIddictServerHandler<ApplyJsonWebKeySetResponseContext>
{
    public async ValueTask HandleAsync(ApplyJsonWebKeySetResponseContext context)
    {
        if (context.Error is not null)
            return;
        await documents.WriteAsync(context.Transaction.GetHttpRequest()!.HttpContext, context.Response, context.Options,
            registrations.ScopeNames);
        context.HandleRequest();
    }
}
