using System.Text;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Http.Features;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The parameters of a protocol request, read once, strictly and bounded, before OpenIddict sees them: it drops duplicates
/// silently, parses scopes in quadratic time, and hands NUL characters to a database that answers with an error. What is empty is as if it
/// were not there (RFC 6749 §3.1, §3.2: MUST), before any rule looks at it.
/// </summary>
internal sealed class ProtocolParameters
{
    // A state of the greatest length, every character of it escaped, and the rest of an authorization request.
    private const int MostQueryCharacters = 48 * 1024;
    private const int MostValueBytes = 8 * 1024;
    private const int MostNameCharacters = 256;
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

    /// <summary>
    /// Whether what is wrong can be told to the client: an authorization request whose client and redirect URI are without doubt, once that
    /// is proven (RFC 6749 §4.1.2.1).
    /// </summary>
    public bool IsForClient { get; private set; }

    public bool IsPost { get; private set; }

    /// <summary>What the header <c>Authorization: Basic</c> says, where clients authenticate; else null.</summary>
    public BasicCredentials? Basic { get; private set; }

    public string? this[string name] => _all.Find(pair => pair.Key == name).Value;

    public IReadOnlyList<KeyValuePair<string, string>> All => _all;

    public static ProtocolParameters? Of(HttpContext http) => http.Features.Get<ProtocolParameters>();

    public static async Task<ProtocolParameters> ReadAsync(HttpContext http, EndpointDeclaration endpoint)
    {
        var parameters = new ProtocolParameters { IsPost = HttpMethods.IsPost(http.Request.Method) };
        parameters.Refusal = await parameters.ReadCoreAsync(http, endpoint);
        parameters.IsForClient = parameters.Refusal is { Status: StatusCodes.Status400BadRequest }
            && endpoint.Type == OAuthEndpoint.Authorization
            && parameters.Plain(Parameters.ClientId) is not null && parameters.Plain(Parameters.RedirectUri) is not null;
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

    /// <summary>A parameter that is there once and not too long; null for any other.</summary>
    public string? Plain(string name) =>
        _all.FindAll(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) is [{ Key: var key, Value: var value }]
            && key == name && !IsTooLong(value) ? value : null;

    private async Task<Refusal?> ReadCoreAsync(HttpContext http, EndpointDeclaration endpoint)
    {
        var request = http.Request;
        if (!endpoint.Methods.Contains(request.Method))
        {
            http.Response.Headers.Allow = string.Join(", ", endpoint.Methods);
            return Refusal.Invalid($"The method must be {string.Join(" or ", endpoint.Methods)}.", StatusCodes.Status405MethodNotAllowed);
        }

        var query = request.QueryString.Value ?? "";
        if (query.Length > MostQueryCharacters)
            return Refusal.Invalid("The query string is too long.", StatusCodes.Status414UriTooLong);
        var malformed = FormText.Parse(query.TrimStart('?'), out _all);
        if (_all.Exists(pair => NeverInQuery.Contains(pair.Key)))
            return Refusal.Invalid("Credentials and tokens must not stand in the URL.");
        if (IsPost)
        {
            // No body is an empty form: userinfo may be asked by POST with nothing but its header (OpenID Connect Core §5.3.1).
            if (request.ContentType is null && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
                request.ContentType = FormBodies.UrlEncoded;
            if (!FormBodies.IsUrlEncoded(request))
                return Refusal.Invalid("The body must be a form in UTF-8.", StatusCodes.Status415UnsupportedMediaType);
            // Only the body counts, as it does for OpenIddict.
            var (body, refusal) = await FormText.ReadAsync(request, http.RequestAborted);
            malformed = FormText.Parse(body, out _all);
            if (refusal is not null)
                return refusal;
        }

        return malformed ?? CheckAuthorization(request.Headers.Authorization.ToString(), endpoint.Type) ?? CheckValues();

        Refusal? CheckAuthorization(string header, OAuthEndpoint? type)
        {
            if (type == OAuthEndpoint.Userinfo)
                return BearerToken.Check(header, this);
            if (!BasicCredentials.AreTakenBy(type) || !BasicCredentials.AreIn(header))
                return null;
            Basic = BasicCredentials.Read(header);
            return BasicCredentials.Check(Basic, this);
        }
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
            if (IsTooLong(value))
                return Refusal.Invalid("A parameter's value is too long.");
            if (name == Parameters.Scope && value.AsSpan().Count(' ') >= MostScopes)
                return Refusal.Invalid("There are too many scopes.");
        }

        return null;
    }

    private static bool IsTooLong(string value) => Encoding.UTF8.GetByteCount(value) > MostValueBytes;
}
