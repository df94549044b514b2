using System.Buffers;
using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>
/// The seam of the plain way, bound to the current HTTP request: the pieces of which a slice grants what is plainly right by itself.
/// Whatever is not, and every doubt, goes to <see cref="OpenIddictSeam"/> untouched, so that there is one set of refusals (decision 22).
/// </summary>
internal sealed class PlainSeam(
    IHttpContextAccessor accessor, PlainClients clients, Registrations registrations, ClientAuthenticationLog log, RateLimits limits,
    Instruments instruments, AuthlyOptions options)
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpContext _http = accessor.HttpContext ?? throw new InvalidOperationException("There is no HTTP request to serve.");
    private string _method = "";

    public ProtocolParameters Parameters => ProtocolParameters.Of(_http)!;

    /// <summary>
    /// The client of a request that holds these parameters only, and that has these permissions; null for any doubt.
    /// </summary>
    public PlainClient? ClientOf(FrozenSet<string> names, params ReadOnlySpan<string> permissions)
    {
        if (!options.PlainGrants || !PlainRequest.Is(_http.Request, Parameters, names)
            || clients.Prove(Parameters) is not var (client, method))
        {
            return null;
        }

        foreach (var permission in permissions)
        {
            if (!client.May(permission))
                return null;
        }

        _method = method;
        return client;
    }

    /// <summary>The scopes asked for, where each is registered and the client's own; null for any doubt.</summary>
    public async ValueTask<IReadOnlyList<string>?> ScopesOfAsync(PlainClient client, CancellationToken cancellationToken)
    {
        if (Parameters[OpenIddict.Abstractions.OpenIddictConstants.Parameters.Scope] is not { } text)
            return [];
        var (known, asked) = (await registrations.ScopesAsync(cancellationToken), text.Split(' '));
        foreach (var scope in asked)
        {
            // What only a person can grant is narrowed away by the long way.
            if (StandardScopes.All.Contains(scope) || !known.ContainsKey(scope) || !client.May(Permissions.Prefixes.Scope + scope))
                return null;
        }

        return asked;
    }

    /// <summary>To be called when nothing is in doubt any more: from here on the request is granted or fails.</summary>
    /// <exception cref="RefusedException">The client asks too much: 429.</exception>
    public ValueTask AcceptAsync(PlainClient client, CancellationToken cancellationToken)
    {
        instruments.ClientAuthenticated(ClientSecretCandidates.LabelOf(_method), ClientAuthOutcome.Success);
        if (client.AuthMethod is null)
            log.Unnamed(client.Id, _method);
        return limits.CountAsync(_http, client.Id, cancellationToken);
    }

    /// <summary>Answers 200, with the bytes and headers of the long way.</summary>
    /// <param name="isGrant">Whether tokens are in it, which not even HTTP/1.0 may keep (RFC 6749 §5.1).</param>
    public async Task AnswerAsync(Action<Utf8JsonWriter> members, bool isGrant)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, Json))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        var response = _http.Response;
        (response.ContentLength, response.ContentType) = (body.WrittenCount, "application/json;charset=UTF-8");
        response.Headers.CacheControl = "no-store";
        if (isGrant)
            (response.Headers.Expires, response.Headers.Pragma) = ("Thu, 01 Jan 1970 00:00:00 GMT", "no-cache");
        await response.BodyWriter.WriteAsync(body.WrittenMemory, _http.RequestAborted);
    }
}
