using System.Buffers.Text;
using System.Text;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Http.Features;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The parameters of a protocol request, read once, strictly and bounded, before OpenIddict sees them: it drops duplicates
/// silently, parses scopes in quadratic time, and hands NUL characters to a database that answers with an error.
/// </summary>
internal sealed class ProtocolParameters
{
    private const int MostQueryCharacters = 16 * 1024;
    private const int MostValueBytes = 8 * 1024;
    private const int MostNameCharacters = 256;
    private const int MostStateBytes = 2 * 1024;
    private const int MostScopes = 100;

    private static readonly HashSet<string> Repeatable = [Parameters.Resource, Parameters.Audience];

    // Threat: URLs end up in logs and histories, secrets must not (RFC 6749 §2.3.1, RFC 9700 §4.3.2).
    private static readonly HashSet<string> NeverInQuery =
    [
        Parameters.AccessToken, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.CodeVerifier, Parameters.Password,
            Parameters.RefreshToken,
    ];

    private List<KeyValuePair<string, string>> _all = [];

    /// <summary>What is wrong with the request before anybody has looked at its meaning; null when nothing is.</summary>
    public Refusal? Refusal { get; private set; }

    public bool IsPost { get; private set; }

    public string? this[string name] => _all.Find(pair => pair.Key == name).Value;

    public IReadOnlyList<KeyValuePair<string, string>> All => _all;

    public static ProtocolParameters? Of(HttpContext http) => http.Features.Get<ProtocolParameters>();

    public static async Task<ProtocolParameters> ReadAsync(HttpContext http, EndpointDeclaration endpoint)
    {
        var parameters = new ProtocolParameters { IsPost = HttpMethods.IsPost(http.Request.Method) };
        parameters.Refusal = await parameters.ReadCoreAsync(http, endpoint);
        http.Features.Set(parameters);
        return parameters;
    }

    /// <summary>
    /// Reads the request anew from its query, which is our own: it was read strictly before, and is as long as the form that it may have
    /// come in.
    /// </summary>
    public static void Resume(HttpContext http)
    {
        var parameters = new ProtocolParameters();
        parameters.Refusal = FormText.Parse(http.Request.QueryString.Value!.TrimStart('?'), out parameters._all);
        http.Features.Set(parameters);
    }

    private async Task<Refusal?> ReadCoreAsync(HttpContext http, EndpointDeclaration endpoint)
    {
        var request = http.Request;
        if (!endpoint.Methods.Contains(request.Method))
        {
            http.Response.Headers.Allow = endpoint.Allow;
            return Refusal.Invalid($"The method must be {string.Join(" or ", endpoint.Methods)}.", StatusCodes.Status405MethodNotAllowed);
        }

        var query = request.QueryString.Value ?? "";
        if (query.Length > MostQueryCharacters)
            return Refusal.Invalid("The query string is too long.", StatusCodes.Status414UriTooLong);
        if (FormText.Parse(query.TrimStart('?'), out _all) is { } malformed)
            return malformed;
        if (_all.Exists(pair => NeverInQuery.Contains(pair.Key)))
            return Refusal.Invalid("Credentials and tokens must not stand in the URL.");

        // No body is an empty form: userinfo may be asked by POST with nothing but its header (OpenID Connect Core §5.3.1).
        if (IsPost && request.ContentType is null && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            request.ContentType = "application/x-www-form-urlencoded";
        if (!FormBodies.IsReadable(request))
            return Refusal.Invalid("The body must be a form in UTF-8.", StatusCodes.Status415UnsupportedMediaType);
        if (IsPost && request.HasFormContentType)
        {
            // Only the body counts, as it does for OpenIddict.
            var (body, refusal) = await FormText.ReadAsync(request, http.RequestAborted);
            if ((refusal ?? FormText.Parse(body, out _all)) is { } refused)
                return refused;
        }

        return CheckAuthorization(request.Headers.Authorization.ToString()) ?? CheckValues();
    }

    private Refusal? CheckValues()
    {
        // Threat: names that differ in case are one to ASP.NET's collections, and OpenIddict drops what comes twice.
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in _all)
        {
            if (!seen.TryAdd(name, name) && (seen[name] != name || !Repeatable.Contains(name)))
                return Refusal.Invalid("A parameter is given more than once.");
            if (name.Length > MostNameCharacters)
                return Refusal.Invalid("A parameter's name is too long.");
            if (Encoding.UTF8.GetByteCount(value) > (name == Parameters.State ? MostStateBytes : MostValueBytes))
                return Refusal.Invalid("A parameter's value is too long.");
            if (name == Parameters.Scope && value.AsSpan().Count(' ') >= MostScopes)
                return Refusal.Invalid("There are too many scopes.");
        }

        return null;
    }

    /// <summary>
    /// Credentials in two places, or with characters that no identifier has, are refused whole (RFC 6749 §2.3, RFC 6750 §2).
    /// </summary>
    private Refusal? CheckAuthorization(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return this[Parameters.AccessToken] is null ? null
                : Refusal.Invalid("The access token is given twice.") with { Challenge = "Bearer error=\"invalid_request\"" };
        }

        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return null;

        var encoded = header["Basic ".Length..].Trim();
        if (!Base64.IsValid(encoded))
            return null;
        var decoded = Encoding.Latin1.GetString(Convert.FromBase64String(encoded)).Split(':', 2);
        if (FormText.Decode(decoded[0]) is not { } clientId || FormText.Decode(decoded[^1]) is null)
            return Refusal.Invalid("The client credentials are not valid UTF-8 in percent-encoding, or hold a NUL character.");
        if (this[Parameters.ClientId] is { } given && given != clientId)
            return Refusal.Invalid("Two different clients are named.");
        if (this[Parameters.ClientAssertion] is not null || this[Parameters.ClientSecret] is not null)
            return Refusal.Invalid("The client authenticates in two ways at once.");
        return null;
    }
}
