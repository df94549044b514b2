using Authly.Infrastructure.Configuration;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Between being asked to stop and stopping: not ready, but serving, for <see cref="AuthlyOptions.ShutdownDelay"/>, so that a load balancer
/// has looked elsewhere before connections are refused. Clients with open connections are told to come back by new ones.
/// </summary>
internal sealed class Draining(IHostApplicationLifetime lifetime, AuthlyOptions options) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The host goes on to stop when all of these have returned.
        lifetime.ApplicationStopping.Register(() =>
        {
            // Nobody has come yet to one that did not start.
            if (lifetime.ApplicationStarted.IsCancellationRequested)
                Thread.Sleep(options.ShutdownDelay!.Value);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class DrainingExtensions
{
    public static void UseDraining(this WebApplication app)
    {
        var lifetime = app.Lifetime;
        app.Use((http, next) =>
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested && HttpProtocol.IsHttp11(http.Request.Protocol))
                http.Response.Headers[HeaderNames.Connection] = "close";
            return next(http);
        });
    }
}
