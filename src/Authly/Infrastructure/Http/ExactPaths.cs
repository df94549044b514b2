using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Microsoft.AspNetCore.Http.Features;

namespace Authly.Infrastructure.Http;

/// <summary>A page with this has one spelling, as an endpoint has.</summary>
internal interface IExactPath;

/// <summary>
/// A protocol endpoint has one spelling: <c>/TOKEN</c>, <c>/token/</c> and <c>/%74oken</c> would pass a proxy's rule for
/// <c>/token</c> and still be routed, so they are not found. A target with scheme and host before it is the same (RFC 9112 §3.2.2).
/// </summary>
internal sealed class ExactPaths(RequestDelegate next, AuthlyOptions options)
{
    private readonly PathString _base = options.PathBase;

    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is RouteEndpoint { Metadata: var metadata } endpoint
            && (metadata.GetMetadata<EndpointDeclaration>() is not null || metadata.GetMetadata<IExactPath>() is not null))
        {
            var path = PathOf(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            // A page's has no slash before it.
            var pattern = $"/{endpoint.RoutePattern.RawText!.TrimStart('/')}";
            if (endpoint.RoutePattern.Parameters.Count > 0)
            {
                if (!TryReadParameters(path.ToString(), $"{_base}{pattern}", http.Request.RouteValues))
                    http.SetEndpoint(null);
            }
            else if (!path.SequenceEqual($"{_base}{pattern}")
                && !(pattern.StartsWith(PathBases.WellKnown, StringComparison.Ordinal) && path.SequenceEqual($"{pattern}{_base}")))
            {
                http.SetEndpoint(null);
            }
        }

        return next(http);
    }

    /// <summary>Segment by segment. A parameter is read from here: an id may hold a slash, which routing leaves as it is escaped.</summary>
    private static bool TryReadParameters(string path, string pattern, RouteValueDictionary values)
    {
        var (given, expected) = (path.Split('/'), pattern.Split('/'));
        if (given.Length != expected.Length)
            return false;
        for (var index = 0; index < given.Length; index++)
        {
            if (expected[index] is ['{', .. var name, '}'] && Uri.UnescapeDataString(given[index]) is { Length: > 0 } value
                && !value.Contains('\0', StringComparison.Ordinal))
                values[name] = value;
            else if (given[index] != expected[index])
                return false;
        }

        return true;
    }

    private static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        var path = query < 0 ? target : target[..query];
        var authority = path.StartsWith("/") ? -1 : path.IndexOf("://");
        if (authority < 0)
            return path;
        var rest = path[(authority + 3)..];
        return rest.IndexOf('/') is >= 0 and var start ? rest[start..] : "/";
    }
}
