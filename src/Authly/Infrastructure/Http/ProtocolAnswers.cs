using System.Text.Json;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Http;

internal static class ProtocolAnswers
{
    /// <summary>An error as RFC 6749 §5.2 spells it.</summary>
    public static Task WriteErrorAsync(HttpContext http, int status, ProtocolError error, string description)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["error"] = error.Name(), ["error_description"] = description },
            JsonSerializerOptions.Web, http.RequestAborted);
    }
}
