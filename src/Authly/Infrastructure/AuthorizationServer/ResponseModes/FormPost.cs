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

    // Where the form goes is registered, and where the client sends its person then is the client's: form-action would follow them there.
    private static readonly string Policy = SecurityHeaders.ContentSecurityPolicy(
        $"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)))}'");

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.ResponseMode != ResponseModes.FormPost || string.IsNullOrEmpty(context.RedirectUri))
            return;

        var encoder = HtmlEncoder.Default;
        var form = new StringBuilder("<form method=\"post\" action=\"").Append(encoder.Encode(context.RedirectUri)).Append("\">");
        foreach (var (name, value) in context.Response.GetParameters())
        {
            if ((string?)value is { Length: > 0 } text)
                form.Append("<input type=\"hidden\" name=\"").Append(encoder.Encode(name)).Append("\" value=\"")
                    .Append(encoder.Encode(text)).Append("\">");
        }

        form.Append("<noscript><h1>One more step</h1><p class=\"quiet\">This browser runs no scripts.</p>")
            .Append("<div class=\"actions\"><button>Continue</button></div></noscript></form><script>").Append(Script).Append("</script>");

        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        http.Response.Headers[HeaderNames.ContentSecurityPolicy] = Policy;
        // Without a referrer a browser sends "Origin: null", and clients that compare the origin of what is posted refuse it.
        http.Response.Headers[SecurityHeaders.ReferrerPolicy] = "origin";
        await ContinuePage.WritePageAsync(http, head: "", form.ToString());
        context.HandleRequest();
    }
}
