using Authly.Infrastructure.Mediation;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Http;

internal static class CrossOrigin
{
    /// <summary>
    /// Lets applications in browsers, of any origin and never with cookies, read every answer of what is for them: of the endpoints that
    /// declare it, and of whatever is asked for below <c>/.well-known/</c>, where a client learns from a 404 as well. Before everything
    /// that answers. What is refused before would look to the application as if the network had failed.
    /// </summary>
    public static void UseCrossOrigin(this WebApplication app) => app.UseWhen(IsForAll, branch =>
    {
        branch.Use((http, next) =>
        {
            http.Response.OnStarting(() =>
            {
                // A cache may keep documents: the answer to a request without an origin is none to one with it.
                http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
                return Task.CompletedTask;
            });
            return next(http);
        });
        branch.UseCors(ProtocolEndpoints.CrossOrigin);
    });

    private static bool IsForAll(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<EndpointDeclaration>()?.IsCrossOrigin == true
        || http.Request.Path.StartsWithSegments(PathBases.WellKnown.TrimEnd('/'));
}
