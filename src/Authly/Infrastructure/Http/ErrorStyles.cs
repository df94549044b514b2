using System.Globalization;
using System.Text.Json;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;

namespace Authly.Infrastructure.Http;

/// <summary>Writes refusals in the form that the endpoint declares: OAuth's JSON, a problem (RFC 9457), or the error page.</summary>
internal sealed class ErrorStyles(RequestDelegate next)
{
    public const string RateLimitHeader = "RateLimit";

    public const string RateLimitPolicyHeader = "RateLimit-Policy";

    /// <summary>
    /// A status without a body gets the body of its endpoint's style; the error page is another middleware's, which asks for nothing but
    /// the status.
    /// </summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var style = Of(http);
        if (style != ErrorStyle.Page && http.Features.Get<IStatusCodePagesFeature>() is { } pages)
            pages.Enabled = false;
        await next(http);
        if (style == ErrorStyle.Problem
            && http.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            await WriteProblemAsync(http, refusal: null);
        }
    }

    /// <summary>
    /// What a request's endpoint declares. Who asks for what does not exist gets what it accepts: a browser a page, a program a problem.
    /// </summary>
    public static ErrorStyle Of(HttpContext http)
    {
        var endpoint = http.GetEndpoint() ?? http.Features.Get<IStatusCodeReExecuteFeature>()?.Endpoint;
        return endpoint?.Metadata.GetMetadata<EndpointDeclaration>() is { } declaration ? declaration.Errors
            : endpoint?.Metadata.GetMetadata<PageActionDescriptor>() is not null
                || http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
                ? ErrorStyle.Page
                : ErrorStyle.Problem;
    }

    /// <summary>Answers with a refusal.</summary>
    public static Task RefuseAsync(HttpContext http, Refusal refusal)
    {
        var response = http.Response;
        response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } wait)
            response.Headers.RetryAfter = Seconds(wait);
        if (refusal.RateLimit is { } limit)
        {
            response.Headers[RateLimitPolicyHeader] =
                string.Create(CultureInfo.InvariantCulture, $"\"{limit.Name}\";q={limit.Quota};w={Seconds(limit.Window)}");
            response.Headers[RateLimitHeader] = $"\"{limit.Name}\";r=0;t={Seconds(refusal.RetryAfter ?? limit.Window)}";
        }

        if (refusal.Challenge is { } challenge)
            response.Headers.WWWAuthenticate = challenge;
        http.Features.Set(refusal);
        return Of(http) switch
        {
            ErrorStyle.OAuth => WriteOAuthAsync(http, refusal),
            ErrorStyle.Problem => WriteProblemAsync(http, refusal),
            // The error page reads the refusal from the request's features.
            _ => Task.CompletedTask,
        };
    }

    // Rounded up: who comes as soon as it says is not too early.
    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture);

    private static Task WriteOAuthAsync(HttpContext http, Refusal refusal)
    {
        http.Response.Headers.CacheControl = "no-store";
        var error = new Dictionary<string, string> { ["error"] = refusal.Error.Name(), ["error_description"] = refusal.Description };
        return http.Response.WriteAsJsonAsync(error, JsonSerializerOptions.Web, http.RequestAborted);
    }

    private static Task WriteProblemAsync(HttpContext http, Refusal? refusal)
    {
        var status = http.Response.StatusCode;
        var problem = new Dictionary<string, object> { ["title"] = ReasonPhrases.GetReasonPhrase(status), ["status"] = status };
        if (refusal is not null)
            problem["detail"] = refusal.Description;
        if (refusal is { Members.Count: > 0 })
            problem["errors"] = refusal.Members;
        return http.Response.WriteAsJsonAsync(problem, JsonSerializerOptions.Web, "application/problem+json", http.RequestAborted);
    }
}
