using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore;
using Microsoft.Net.Http.Headers;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>What OpenIddict's document leaves out, or promises too much (OpenID Connect Discovery §3, RFC 8414 §2).</summary>
internal sealed class CompleteConfiguration(ScopeCatalogue scopes) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        context.Scopes.UnionWith(scopes.Names);
        // Introspection is for confidential clients only.
        context.IntrospectionEndpointAuthenticationMethods.Remove(ClientAuthenticationMethods.None);
        context.Metadata["acr_values_supported"] = ListOf(Principals.PasswordLevel);
        context.Metadata["claim_types_supported"] = ListOf("normal");
        return ValueTask.CompletedTask;
    }

    private static OpenIddictParameter ListOf(string value) => new(JsonSerializer.SerializeToElement<string[]>([value]));
}

internal sealed class CacheConfiguration(AuthlyOptions options) : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public async ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Error is not null)
            return;
        context.Response[Metadata.Issuer] = options.Issuer;
        await CacheableDocument.WriteAsync(context.Transaction.GetHttpRequest()!.HttpContext, context.Response, CacheableDocument.Most);
        context.HandleRequest();
    }
}

/// <summary>Whoever keeps JWKS has a new key long before it signs.</summary>
internal sealed class CacheJsonWebKeys(AuthlyOptions options) : IOpenIddictServerHandler<ApplyJsonWebKeySetResponseContext>
{
    public async ValueTask HandleAsync(ApplyJsonWebKeySetResponseContext context)
    {
        if (context.Error is not null)
            return;
        var announced = options.Keys.Announced / 4;
        await CacheableDocument.WriteAsync(context.Transaction.GetHttpRequest()!.HttpContext, context.Response, announced < CacheableDocument.Most ? announced : CacheableDocument.Most);
        context.HandleRequest();
    }
}

/// <summary>Discovery and JWKS may be kept for an hour at most, and are answered 304 to whoever has them already (RFC 9110 §13.1.2).</summary>
internal static class CacheableDocument
{
    public static readonly TimeSpan Most = TimeSpan.FromHours(1);

    public static async Task WriteAsync(HttpContext http, OpenIddictMessage message, TimeSpan maxAge)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
            message.WriteTo(writer);

        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan).AsSpan(0, 16))}\"");
        var headers = http.Response.GetTypedHeaders();
        headers.ETag = tag;
        headers.CacheControl = new CacheControlHeaderValue { Public = true, MaxAge = maxAge };
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }
}
