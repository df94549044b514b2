using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>
/// Hands an event to its handlers, as OpenIddict's own dispatcher does, and says at Debug which handler refused, as that does. That one
/// looks for them among all three hundred, for each of the thirty events of a request, and asks for each of them and of its filters anew;
/// this one remembers which they are, and those that all requests share (decision 11).
/// </summary>
internal sealed class Dispatcher(IServiceProvider services, ILogger<OpenIddictServerDispatcher> logger) : IOpenIddictServerDispatcher
{
    public async ValueTask DispatchAsync<TContext>(TContext context) where TContext : BaseContext
    {
        foreach (var step in Pipeline<TContext>.Of(context.Options, services))
        {
            if (!await step.IsActiveAsync(context, services))
                continue;
            var handler = step.Shared ?? (IOpenIddictServerHandler<TContext>)services.GetRequiredService(step.Type);
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

    /// <summary>A handler and its filters: those that all requests share are kept, the others asked for each time.</summary>
    private sealed class Step<TContext>(OpenIddictServerHandlerDescriptor descriptor, IServiceProvider one, IServiceProvider other)
        where TContext : BaseContext
    {
        private readonly (Type Type, IOpenIddictServerHandlerFilter<TContext>? Shared)[] _filters =
            [.. descriptor.FilterTypes.Select(type => (type, SharedOf(type, one, other)))];

        public Type Type { get; } = descriptor.ServiceDescriptor.ServiceType;

        public IOpenIddictServerHandler<TContext>? Shared { get; } = (IOpenIddictServerHandler<TContext>?)(
            descriptor.ServiceDescriptor.ImplementationInstance
            ?? (descriptor.ServiceDescriptor.Lifetime == ServiceLifetime.Singleton
                ? one.GetRequiredService(descriptor.ServiceDescriptor.ServiceType) : null));

        public async ValueTask<bool> IsActiveAsync(TContext context, IServiceProvider services)
        {
            foreach (var (type, shared) in _filters)
            {
                var filter = shared ?? (IOpenIddictServerHandlerFilter<TContext>)services.GetRequiredService(type);
                if (!await filter.IsActiveAsync(context))
                    return false;
            }

            return true;
        }

        // A filter says nothing of its lifetime: one that two scopes share is everybody's.
        private static IOpenIddictServerHandlerFilter<TContext>? SharedOf(Type type, IServiceProvider one, IServiceProvider other) =>
            one.GetRequiredService(type) is var filter && ReferenceEquals(filter, other.GetRequiredService(type))
                ? (IOpenIddictServerHandlerFilter<TContext>)filter : null;
    }

    /// <summary>An event's handlers, in their order. A rotation of keys makes new options, and with them a new list.</summary>
    private static class Pipeline<TContext> where TContext : BaseContext
    {
        private static volatile Known? _known;

        public static Step<TContext>[] Of(OpenIddictServerOptions options, IServiceProvider services)
        {
            var known = _known;
            if (known?.Options != options)
                _known = known = Make(options, services);
            return known.Steps;
        }

        private static Known Make(OpenIddictServerOptions options, IServiceProvider services)
        {
            using var other = services.CreateScope();
            return new Known(options, [.. options.Handlers.Where(descriptor => descriptor.ContextType == typeof(TContext))
                .Select(descriptor => new Step<TContext>(descriptor, services, other.ServiceProvider))]);
        }

        private sealed record Known(OpenIddictServerOptions Options, Step<TContext>[] Steps);
    }
}
