using Authly.Infrastructure.Mediation;
using Microsoft.AspNetCore.Http.Features;

namespace Authly.Infrastructure.Http;

/// <summary>
/// A protocol endpoint has one spelling: <c>/TOKEN</c>, <c>/token/</c> and <c>/%74oken</c> would pass a proxy's rule for
/// <c>/token</c> and still be routed, so they are not found.
/// </summary>
internal sealed class ExactPaths(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<EndpointDeclaration>() is not null)
        {
            var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
            var query = target.IndexOf('?');
            if (!target[..(query < 0 ? target.Length : query)].SequenceEqual(endpoint.RoutePattern.RawText))
                http.SetEndpoint(null);
        }

        return next(http);
    }
}
