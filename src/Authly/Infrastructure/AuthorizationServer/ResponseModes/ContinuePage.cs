using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore;
using Microsoft.Net.Http.Headers;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// A page of ours that leads on to the application, in place of a redirect: after a form, as a browser checks <c>form-action</c> against
/// every hop that follows, the application's own included; where the address is longer than a proxy takes in a header; and to a native
/// application, which no browser should open before the person has pressed something.
/// </summary>
internal static class ContinuePage
{
    // Four kilobytes is what nginx reads of all headers by default.
    private const int MostHeaderCharacters = 3 * 1024;

    /// <summary>Whether an answer to this address goes by a page; silent requests are answered in a frame, which shows none.</summary>
    public static bool IsFor(HttpContext http, string location, bool isSilent) =>
        !IsWeb(location) || (!isSilent && (http.Features.Get<ResumedInteraction>() is not null || location.Length > MostHeaderCharacters));

    public static async Task WriteAsync(
        HttpContext http, string location, string? clientId, IOpenIddictApplicationManager applications,
        CancellationToken cancellationToken)
    {
        var client = clientId is null ? null : await applications.FindByClientIdAsync(clientId, cancellationToken);
        var name = client is null ? null : await applications.GetDisplayNameAsync(client, cancellationToken);
        var (target, application) = (HtmlEncoder.Default.Encode(location), HtmlEncoder.Default.Encode(name ?? "the application"));
        await (IsWeb(location)
            ? WritePageAsync(http, $"<meta http-equiv=\"refresh\" content=\"0;url={target}\">", $"""
                <h1>Going on to {application}</h1>
                <p class="quiet">If nothing happens, press Continue.</p>
                <div class="actions"><a class="button" href="{target}">Continue</a></div>
                """)
            : WritePageAsync(http, "", $"""
                <h1>Go on to {application}</h1>
                <p class="quiet">It is an application on this device. Press Continue to open it; this page can then be closed.</p>
                <div class="actions"><a class="button" href="{target}">Continue</a></div>
                """));
    }

    /// <summary>Writes a page that needs nothing but its own text, as the layout of the others looks.</summary>
    public static Task WritePageAsync(HttpContext http, string head, string body)
    {
        var root = http.Request.PathBase.Value;
        var page = new StringBuilder("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append("<meta name=\"color-scheme\" content=\"light dark\"><title>Continue · Authly</title>")
            .Append(head).Append($"<link rel=\"stylesheet\" href=\"{root}/authly.css\"></head><body><header>")
            .Append($"<img src=\"{root}/authly.svg\" alt=\"\" width=\"28\" height=\"28\"><span>Authly</span></header>")
            .Append("<main id=\"main\">").Append(body).Append("</main></body></html>");
        // Proxies replace the pages of errors by their own, and what the application is told would be lost.
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.Headers[HeaderNames.CacheControl] = "no-store";
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(page.ToString(), http.RequestAborted);
    }

    /// <summary>Whether a browser goes there by itself.</summary>
    public static bool IsWeb(string location) =>
        location.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
        || location.StartsWith("http:", StringComparison.OrdinalIgnoreCase);
}

/// <summary>That this request goes on with an interaction: the person comes from a page of ours.</summary>
internal sealed record ResumedInteraction(Persistence.Interaction Interaction);

/// <summary>Answers an authorization request by <see cref="ContinuePage"/> where a redirect would not arrive.</summary>
internal sealed class ContinueToClient(IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.RedirectUri) || context.ResponseMode is not (ResponseModes.Query or ResponseModes.Fragment))
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var location = Location(
            context.RedirectUri, context.ResponseMode == ResponseModes.Fragment ? '#' : '?', context.Response);
        // A browser says that it asks for a whole window; what is silent otherwise is in a frame.
        var isSilent = context.Request?.HasPromptValue(PromptValues.None) is true && http.Request.Headers["Sec-Fetch-Dest"] != "document";
        if (!ContinuePage.IsFor(http, location, isSilent))
            return;
        await ContinuePage.WriteAsync(http, location, context.Request?.ClientId, applications, context.CancellationToken);
        context.HandleRequest();
    }

    public static string Location(string uri, char separator, OpenIddictResponse response)
    {
        var parameters = string.Join('&', response.GetParameters()
            .Select(parameter => (parameter.Key, Value: (string?)parameter.Value)).Where(parameter => parameter.Value is { Length: > 0 })
            .Select(parameter => $"{UrlEncoder.Default.Encode(parameter.Key)}={UrlEncoder.Default.Encode(parameter.Value!)}"));
        return parameters.Length == 0 ? uri
            : separator == '#' || !uri.Contains('?') ? $"{uri}{separator}{parameters}"
            : $"{uri}{(uri[^1] is '?' or '&' ? "" : "&")}{parameters}";
    }
}

/// <summary>So for a sign-out that goes on to the application.</summary>
internal sealed class ContinueAfterSignOut(IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ApplyEndSessionResponseContext>
{
    public async ValueTask HandleAsync(ApplyEndSessionResponseContext context)
    {
        if (string.IsNullOrEmpty(context.PostLogoutRedirectUri) || context.Error is not null)
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var location = ContinueToClient.Location(context.PostLogoutRedirectUri, '?', context.Response);
        if (!ContinuePage.IsFor(http, location, isSilent: false))
            return;
        await ContinuePage.WriteAsync(http, location, context.Request?.ClientId, applications, context.CancellationToken);
        context.HandleRequest();
    }
}
