using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>
/// The seam of the plain way, bound to the current HTTP request: the pieces of which a slice grants what is plainly right by itself.
/// Whatever is not, and every doubt, goes to <see cref="OpenIddictSeam"/>, so that there is one set of refusals (decision 22).
/// </summary>
internal sealed class PlainSeam(
    IHttpContextAccessor accessor, PlainClients clients, Registrations registrations, AcceptedClient accepted, AuthlyOptions options)
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpContext _http = accessor.HttpContext ?? throw new InvalidOperationException("There is no HTTP request to serve.");

    public ProtocolParameters Parameters => ProtocolParameters.Of(_http)!;

    /// <summary>
    /// The client of such a request, which has authenticated and is counted with it; null for any doubt. A request that goes the long way
    /// later is not counted again.
    /// </summary>
    /// <exception cref="RefusedException">The client asks too much: 429.</exception>
    public async ValueTask<KnownClient?> ClientOfAsync(PlainForm form, CancellationToken cancellationToken)
    {
        if (!options.PlainGrants || !PlainRequest.Is(_http.Request, Parameters, form)
            || clients.Prove(Parameters, form.MayBePublic) is not var (client, method) || !form.Permissions.All(client.May))
        {
            return null;
        }

        await accepted.CountAsync(client.Id, client.AuthMethod, method, cancellationToken);
        return client;
    }

    /// <summary>The access token that the request has as its only word; null for any doubt.</summary>
    public string? Bearer => options.PlainGrants ? PlainRequest.BearerOf(_http.Request, Parameters) : null;

    /// <summary>The scopes asked for, where each is registered and the client's own; null for any doubt.</summary>
    public async ValueTask<IReadOnlyList<string>?> ScopesOfAsync(KnownClient client, CancellationToken cancellationToken)
    {
        if (Parameters[OpenIddictConstants.Parameters.Scope] is not { } text)
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

    /// <summary>Answers with what a grant's own request refuses, in the bytes of the long way.</summary>
    public async Task<Answered> RefuseAsync(KnownClient client, Refusal refusal)
    {
        _http.Response.StatusCode = refusal.Status;
        await AnswerAsync(writer =>
        {
            writer.WriteString(OpenIddictConstants.Parameters.Error, refusal.Error.Name());
            writer.WriteString(OpenIddictConstants.Parameters.ErrorDescription, refusal.Description);
        }, isOfTokenEndpoint: true);
        return new Answered(refusal.Error, client.Id);
    }

    /// <summary>Answers with the bytes and headers of the long way; with 200 where no other status has been set.</summary>
    /// <param name="isOfTokenEndpoint">Whether not even HTTP/1.0 may keep it (RFC 6749 §5.1).</param>
    public async Task AnswerAsync(Action<Utf8JsonWriter> members, bool isOfTokenEndpoint)
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
        if (isOfTokenEndpoint)
            (response.Headers.Expires, response.Headers.Pragma) = ("Thu, 01 Jan 1970 00:00:00 GMT", "no-cache");
        await response.BodyWriter.WriteAsync(body.WrittenMemory, _http.RequestAborted);
    }
}
