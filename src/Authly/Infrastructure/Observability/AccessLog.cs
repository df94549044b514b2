using System.Diagnostics;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// One line for each request, in the log's category <c>Authly.Access</c>: at Information what was answered, at Warning what failed by our
/// fault. It names the route and never the path or the query: a code, a username or an address may stand in those.
/// </summary>
internal sealed partial class AccessLog(RequestDelegate next, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("Authly.Access");

    public async Task InvokeAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            var level = http.Response.StatusCode >= StatusCodes.Status500InternalServerError ? LogLevel.Warning : LogLevel.Information;
            if (_logger.IsEnabled(level))
                Answered(level, Method(http.Request.Method), Route(http), http.Response.StatusCode,
                    Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static string Route(HttpContext http) =>
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText
            ?? (http.Request.Path == ObservabilityExtensions.MetricsPath ? ObservabilityExtensions.MetricsPath : ProtocolNames.Other);

    private static string Method(string method) =>
        method is "GET" or "POST" or "HEAD" or "OPTIONS" or "PUT" or "DELETE" or "PATCH" ? method : ProtocolNames.Other;

    [LoggerMessage("{Method} {Route} {Status} in {Milliseconds} ms", SkipEnabledCheck = true)]
    private partial void Answered(LogLevel level, string method, string route, int status, double milliseconds);
}
