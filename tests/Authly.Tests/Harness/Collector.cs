using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Authly.Tests.Harness;

/// <summary>
/// Takes what an OpenTelemetry exporter sends by gRPC, and keeps its bytes, each as one character: names and attributes are plain text in
/// them.
/// </summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _traces = new();
    private readonly ConcurrentQueue<string> _metrics = new();

    private Collector(int port)
    {
        Endpoint = $"http://localhost:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", http => TakeAsync(http, _traces));
        _app.MapPost("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", http => TakeAsync(http, _metrics));
    }

    public string Endpoint { get; }

    public string Traces => string.Join('\n', _traces);

    public string Metrics => string.Join('\n', _metrics);

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector(Network.FreePort());
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext http, ConcurrentQueue<string> received)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        received.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
        http.Response.ContentType = "application/grpc";
        // An empty message: no compression, length zero.
        await http.Response.Body.WriteAsync(new byte[5]);
        http.Response.AppendTrailer("grpc-status", "0");
    }
}
