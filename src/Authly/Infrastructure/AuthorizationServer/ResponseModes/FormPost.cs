using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Authly.Infrastructure.Http;
using Microsoft.AspNetCore;
using Microsoft.Net.Http.Headers;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// OAuth 2.0 Form Post Response Mode §2: a page that posts itself to the client. Its one line of script is the only one that we
/// serve, and the content security policy names it by its hash.
/// </summary>
internal sealed class FormPost : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    private const string Script = "document.forms[0].submit()";

    private static readonly string ScriptSource = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)))}'";

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.ResponseMode != ResponseModes.FormPost || string.IsNullOrEmpty(context.RedirectUri))
            return;

        var encoder = HtmlEncoder.Default;
        var page = new StringBuilder(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Returning to the application</title></head><body>")
            .Append("<form method=\"post\" action=\"").Append(encoder.Encode(context.RedirectUri)).Append("\">");
        foreach (var (name, value) in context.Response.GetParameters())
        {
            if ((string?)value is { Length: > 0 } text)
                page.Append("<input type=\"hidden\" name=\"").Append(encoder.Encode(name)).Append("\" value=\"")
                    .Append(encoder.Encode(text)).Append("\">");
        }

        page.Append("<noscript><p>One more step: this browser runs no scripts.</p>")
            .Append("<button>Return to the application</button></noscript></form><script>").Append(Script)
            .Append("</script></body></html>");

        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        http.Response.Headers[HeaderNames.ContentSecurityPolicy] =
            SecurityHeaders.ContentSecurityPolicy(FormTarget.For(context.RedirectUri), ScriptSource);
        http.Response.Headers[HeaderNames.CacheControl] = "no-store";
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(page.ToString(), http.RequestAborted);
        context.HandleRequest();
    }
}
