using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Http;

/// <summary>
/// Reads <c>application/x-www-form-urlencoded</c> text strictly and bounded: a query string, a body, or the halves of Basic credentials.
/// </summary>
internal static class FormText
{
    private const int MostBodyBytes = 64 * 1024;
    private const int MostParameters = 64;

    /// <summary>The body's text; refused where it is too large or breaks off.</summary>
    public static async Task<(string Body, Refusal? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var tooLarge = Refusal.Invalid("The body is too large.", StatusCodes.Status413PayloadTooLarge);
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
            return ("", exception.StatusCode == tooLarge.Status ? tooLarge
                : Refusal.Invalid("The body cannot be read.", exception.StatusCode));
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("", tooLarge);
        }
    }

    /// <summary>
    /// The parameters in their order, doubled ones included, empty ones not; where some cannot be read, the others, and why.
    /// </summary>
    public static Refusal? Parse(string encoded, out List<KeyValuePair<string, string>> parameters)
    {
        parameters = [];
        Refusal? malformed = null;
        foreach (var range in encoded.AsSpan().Split('&'))
        {
            var pair = encoded.AsSpan(range);
            var equals = pair.IndexOf('=');
            if (equals < 0 || equals == pair.Length - 1)
                continue;
            if (parameters.Count == MostParameters)
                return Refusal.Invalid("There are too many parameters.");
            if (Decode(pair[..equals]) is { } name && Decode(pair[(equals + 1)..]) is { } value)
                parameters.Add(new(name, value));
            else
                malformed = Refusal.Invalid("A parameter is not valid UTF-8 in percent-encoding, or holds a NUL character.");
        }

        return malformed;
    }

    /// <summary>Percent-decodes strictly; null where the text is malformed, not UTF-8, or holds a NUL character.</summary>
    public static string? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        var length = 0;
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            switch (character)
            {
                case '%' when index + 2 < text.Length && char.IsAsciiHexDigit(text[index + 1]) && char.IsAsciiHexDigit(text[index + 2]):
                    bytes[length++] = byte.Parse(text.Slice(index + 1, 2), NumberStyles.AllowHexSpecifier, provider: null);
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
        return decoded.Contains((byte)0) || !Utf8.IsValid(decoded) ? null : Encoding.UTF8.GetString(decoded);
    }
}
