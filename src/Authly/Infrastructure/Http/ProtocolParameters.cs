using System.Buffers.Text;
using System.Text;
using Authly.Infrastructure.Mediation;
using Microsoft.AspNetCore.Http.Features;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Http;

/// <summary>What is wrong with a request before anybody has looked at its meaning: the status and the reason of its refusal.</summary>
internal sealed record Violation(int Status, string Description);

/// <summary>
/// The parameters of a protocol request, read once, strictly and bounded, before OpenIddict sees them: it drops duplicates
/// silently, parses scopes in quadratic time, and hands NUL characters to a database that answers with an error.
/// </summary>
internal sealed class ProtocolParameters
{
    private const int MostBodyBytes = 64 * 1024;
    private const int MostQueryCharacters = 16 * 1024;
    private const int MostParameters = 64;
    private const int MostValueBytes = 8 * 1024;
    private const int MostNameCharacters = 256;
    private const int MostStateBytes = 2 * 1024;
    private const int MostScopes = 100;

    private static readonly HashSet<string> Repeatable = [Parameters.Resource, Parameters.Audience];

    // Threat: URLs end up in logs and histories, secrets must not (RFC 6749 §2.3.1, RFC 9700 §4.3.2).
    private static readonly HashSet<string> NeverInQuery =
    [
        Parameters.AccessToken, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.CodeVerifier, Parameters.Password, Parameters.RefreshToken,
    ];

    private readonly List<KeyValuePair<string, string>> _all = [];

    public Violation? Violation { get; private set; }

    public bool IsPost { get; private set; }

    public string? this[string name] => _all.Find(pair => pair.Key == name).Value;

    public IReadOnlyList<KeyValuePair<string, string>> All => _all;

    public static ProtocolParameters? Of(HttpContext http) => http.Features.Get<ProtocolParameters>();

    public static async Task<ProtocolParameters> ReadAsync(HttpContext http, ProtocolEndpoint endpoint)
    {
        var parameters = new ProtocolParameters { IsPost = HttpMethods.IsPost(http.Request.Method) };
        parameters.Violation = await parameters.ReadCoreAsync(http, endpoint);
        http.Features.Set(parameters);
        return parameters;
    }

    private async Task<Violation?> ReadCoreAsync(HttpContext http, ProtocolEndpoint endpoint)
    {
        var request = http.Request;
        if (!endpoint.Methods.Contains(request.Method))
        {
            http.Response.Headers.Allow = string.Join(", ", endpoint.Methods);
            return new Violation(StatusCodes.Status405MethodNotAllowed, $"The method must be {string.Join(" or ", endpoint.Methods)}.");
        }

        var query = request.QueryString.Value ?? "";
        if (query.Length > MostQueryCharacters)
            return new Violation(StatusCodes.Status414UriTooLong, "The query string is too long.");
        if (Parse(query.TrimStart('?')) is { } malformed)
            return malformed;
        if (_all.Exists(pair => NeverInQuery.Contains(pair.Key)))
            return new Violation(StatusCodes.Status400BadRequest, "Credentials and tokens must not stand in the URL.");

        // No body is an empty form: userinfo may be asked by POST with nothing but its header (OpenID Connect Core §5.3.1).
        if (IsPost && request.ContentType is null && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            request.ContentType = "application/x-www-form-urlencoded";
        if (!FormBodies.IsReadable(request))
            return new Violation(StatusCodes.Status415UnsupportedMediaType, "The body must be a form in UTF-8.");
        if (IsPost && request.HasFormContentType)
        {
            // Only the body counts, as it does for OpenIddict.
            _all.Clear();
            var (body, violation) = await ReadBodyAsync(request, http.RequestAborted);
            if ((violation ?? Parse(body)) is { } refused)
                return refused;
        }

        return CheckAuthorization(request.Headers.Authorization.ToString()) ?? CheckValues();
    }

    private static async Task<(string Body, Violation? Violation)> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var tooLarge = new Violation(StatusCodes.Status413PayloadTooLarge, "The body is too large.");
        if (request.ContentLength > MostBodyBytes)
            return ("", tooLarge);
        try
        {
            request.EnableBuffering(MostBodyBytes, MostBodyBytes);
            using var reader = new StreamReader(request.Body, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            var body = await reader.ReadToEndAsync(cancellationToken);
            request.Body.Position = 0;
            return (body, null);
        }
        catch (BadHttpRequestException exception)
        {
            return ("", exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? tooLarge : new Violation(exception.StatusCode, "The body cannot be read."));
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("", tooLarge);
        }
    }

    private Violation? Parse(string encoded)
    {
        foreach (var range in encoded.AsSpan().Split('&'))
        {
            var pair = encoded.AsSpan(range);
            if (pair.IsEmpty)
                continue;
            if (_all.Count == MostParameters)
                return Invalid("There are too many parameters.");
            var equals = pair.IndexOf('=');
            if (Decode(equals < 0 ? pair : pair[..equals]) is not { } name || Decode(equals < 0 ? [] : pair[(equals + 1)..]) is not { } value)
                return Invalid("A parameter is not valid UTF-8 in percent-encoding, or holds a NUL character.");
            _all.Add(new(name, value));
        }

        return null;
    }

    private Violation? CheckValues()
    {
        // Threat: names that differ in case are one to ASP.NET's collections, and OpenIddict drops what comes twice.
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in _all)
        {
            if (!seen.TryAdd(name, name) && (seen[name] != name || !Repeatable.Contains(name)))
                return Invalid("A parameter is given more than once.");
            if (name.Length > MostNameCharacters)
                return Invalid("A parameter's name is too long.");
            if (Encoding.UTF8.GetByteCount(value) > (name == Parameters.State ? MostStateBytes : MostValueBytes))
                return Invalid("A parameter's value is too long.");
            if (name == Parameters.Scope && value.AsSpan().Count(' ') >= MostScopes)
                return Invalid("There are too many scopes.");
        }

        return null;
    }

    /// <summary>Credentials in two places, or with characters that no identifier has, are refused whole (RFC 6749 §2.3, RFC 6750 §2).</summary>
    private Violation? CheckAuthorization(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return this[Parameters.AccessToken] is null ? null : Invalid("The access token is given twice.");
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return null;

        var encoded = header["Basic ".Length..].Trim();
        if (!Base64.IsValid(encoded))
            return null;
        var decoded = Encoding.Latin1.GetString(Convert.FromBase64String(encoded)).Split(':', 2);
        if (Decode(decoded[0]) is not { } clientId || Decode(decoded[^1]) is null)
            return Invalid("The client credentials are not valid UTF-8 in percent-encoding, or hold a NUL character.");
        if (this[Parameters.ClientId] is { } given && given != clientId)
            return Invalid("Two different clients are named.");
        if (this[Parameters.ClientAssertion] is not null || this[Parameters.ClientSecret] is not null)
            return Invalid("The client authenticates in two ways at once.");
        return null;
    }

    /// <summary>Percent-decodes strictly; null where the text is malformed, not UTF-8, or holds a NUL character.</summary>
    private static string? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        var length = 0;
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            switch (character)
            {
                case '%' when index + 2 < text.Length && char.IsAsciiHexDigit(text[index + 1]) && char.IsAsciiHexDigit(text[index + 2]):
                    bytes[length++] = byte.Parse(text.Slice(index + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, provider: null);
                    index += 2;
                    break;
                case '%' or > '\xFF':
                    return null;
                default:
                    bytes[length++] = character == '+' ? (byte)' ' : (byte)character;
                    break;
            }
        }

        var decoded = bytes.AsSpan(0, length);
        return decoded.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(decoded) ? null : Encoding.UTF8.GetString(decoded);
    }

    private static Violation Invalid(string description) => new(StatusCodes.Status400BadRequest, description);
}
