using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Discovery and JWKS: made once by OpenIddict and then answered as bytes until keys or scopes change. They may be kept for an hour at
/// most, and are answered 304 to whoever has them already (RFC 9110 §13.1.2).
/// </summary>
internal sealed class Documents(IOptionsMonitor<OpenIddictServerOptions> options, Registrations registrations, AuthlyOptions authly)
{
    // Whoever keeps JWKS must have read it again long before a key that was announced since signs.
    private readonly string _cacheControl = $"public, max-age={(int)Math.Min(3600, authly.Keys.Announced.TotalSeconds / 4)}";

    private readonly ConcurrentDictionary<string, Document> _made = new(StringComparer.Ordinal);

    /// <summary>Answers with the document of this path; false where it has to be made, for the first time or anew.</summary>
    public async ValueTask<bool> TryWriteAsync(HttpContext http)
    {
        if (!Holds(http.Request.Path, options.CurrentValue))
            return false;
        await WriteAsync(http, _made[http.Request.Path.Value!]);
        return true;
    }

    /// <summary>Whether the document of a path is what these options, and the scopes as they are now, would make.</summary>
    public bool Holds(PathString path, OpenIddictServerOptions current) => _made.TryGetValue(path.Value!, out var document)
        && document.Options == current && document.Scopes == registrations.ScopeNames;

    /// <summary>
    /// Answers with a document that was just made from these options and scopes, which may have been replaced since, and keeps it.
    /// </summary>
    public Task WriteAsync(HttpContext http, OpenIddictMessage message, OpenIddictServerOptions made, IReadOnlyCollection<string> scopes)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
            message.WriteTo(writer);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan).AsSpan(0, 16))}\"";
        var document = new Document(buffer.WrittenSpan.ToArray(), tag, made, scopes);
        _made[http.Request.Path.Value!] = document;
        return WriteAsync(http, document);
    }

    private async Task WriteAsync(HttpContext http, Document document)
    {
        var headers = http.Response.Headers;
        headers.ETag = document.Tag;
        headers.CacheControl = _cacheControl;
        if (http.Request.Headers.IfNoneMatch.Count > 0
            && http.Request.GetTypedHeaders().IfNoneMatch.Any(
                known => known == EntityTagHeaderValue.Any
                || known.Compare(EntityTagHeaderValue.Parse(document.Tag), useStrongComparison: false)))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = document.Json.Length;
        await http.Response.Body.WriteAsync(document.Json, http.RequestAborted);
    }

    // What it was made from tells whether it still holds: both are replaced as a whole on a change.
    private sealed record Document(byte[] Json, string Tag, OpenIddictServerOptions Options, IReadOnlyCollection<string> Scopes);
}
