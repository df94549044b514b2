using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;

namespace Authly.Infrastructure.Http;

/// <summary>
/// An issuer below a path, as in <c>https://host/auth</c>: everything is below that path, and a proxy passes it through. Only the
/// documents are found at the root as well, with the path behind them (RFC 8414 §3.1), and what probes and scrapes ask for.
/// </summary>
internal sealed class PathBases(RequestDelegate next, AuthlyOptions options)
{
    public const string WellKnown = "/.well-known/";

    public const string Health = "/health";

    private readonly PathString _base = options.PathBase;

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        // An error page is asked for within the request that it answers, which is below the path already.
        if (request.PathBase == _base)
            return next(http);
        if (request.Path.StartsWithSegments(_base, StringComparison.Ordinal, out var rest))
            (request.PathBase, request.Path) = (_base, rest.HasValue ? rest : "/");
        else if (request.Path.Value!.StartsWith(WellKnown, StringComparison.Ordinal))
            (request.PathBase, request.Path) = (_base, DocumentOf(request.Path.Value));
        else if (!request.Path.StartsWithSegments(Health) && !request.Path.StartsWithSegments(ObservabilityExtensions.MetricsPath))
            // Nothing has a route of this name; the page that says so is below the path.
            (request.PathBase, request.Path) = (_base, "/.nothing");
        return next(http);
    }

    private string DocumentOf(string path) =>
        path.EndsWith(_base.Value!, StringComparison.Ordinal) ? path[..^_base.Value!.Length] : path;
}
