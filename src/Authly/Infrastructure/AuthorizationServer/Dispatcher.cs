using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Hands an event to its handlers, as OpenIddict's own dispatcher does, and says at Debug which handler refused, as that does. That one
/// looks for them among all three hundred, for each of the thirty events of a request; this one remembers which they are (decision 11).
/// </summary>
internal sealed class Dispatcher(IServiceProvider services, ILogger<OpenIddictServerDispatcher> logger) : IOpenIddictServerDispatcher
{
    public async ValueTask DispatchAsync<TContext>(TContext context) where TContext : BaseContext
    {
        foreach (var descriptor in Pipeline<TContext>.Of(context.Options))
        {
            if (!await IsActiveAsync(descriptor, context))
                continue;
            var handler = (IOpenIddictServerHandler<TContext>)(descriptor.ServiceDescriptor.ImplementationInstance
                ?? services.GetRequiredService(descriptor.ServiceDescriptor.ServiceType));
            await handler.HandleAsync(context);
            if (EndOf(context) is not { } end)
                continue;
            logger.LogDebug("The event {Event} was {End} by {Handler}", typeof(TContext).Name, end, handler.GetType().FullName);
            return;
        }
    }

    /// <summary>How a handler ended its event; null where the next one goes on.</summary>
    private static string? EndOf(BaseContext context) => context switch
    {
        BaseRequestContext { IsRequestHandled: true } => "answered",
        BaseRequestContext { IsRequestSkipped: true } => "skipped",
        BaseValidatingContext { IsRejected: true } => "rejected",
        _ => null,
    };

    private async ValueTask<bool> IsActiveAsync<TContext>(OpenIddictServerHandlerDescriptor descriptor, TContext context) where TContext
        : BaseContext
    {
        foreach (var type in descriptor.FilterTypes)
        {
            if (!await ((IOpenIddictServerHandlerFilter<TContext>)services.GetRequiredService(type)).IsActiveAsync(context))
                return false;
        }

        return true;
    }

    /// <summary>An event's handlers, in their order. A rotation of keys makes new options, and with them a new list.</summary>
    private static class Pipeline<TContext> where TContext : BaseContext
    {
        private static volatile Known? _known;

        public static OpenIddictServerHandlerDescriptor[] Of(OpenIddictServerOptions options)
        {
            var known = _known;
            if (known?.Options != options)
                _known = known = new Known(options, [.. options.Handlers.Where(descriptor => descriptor.ContextType == typeof(TContext))]);
            return known.Handlers;
        }

        private sealed record Known(OpenIddictServerOptions Options, OpenIddictServerHandlerDescriptor[] Handlers);
    }
}
