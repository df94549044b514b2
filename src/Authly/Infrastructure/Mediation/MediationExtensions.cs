using System.Reflection;
using FluentValidation;
using MediatR;

namespace Authly.Infrastructure.Mediation;

internal static class MediationExtensions
{
    private static readonly Type[] Types = typeof(MediationExtensions).Assembly.GetTypes();

    /// <summary>Registers MediatR, the behaviors in their order (outermost first), and each handler and validator found by its type.</summary>
    public static void AddMediation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ServiceFactory>(services => services.GetRequiredService);
        builder.Services.AddScoped<IMediator, Mediator>();

        // Order is law: metrics outermost, so that what validation refuses is counted too.
        builder.Services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(MetricsBehavior<,>));
        builder.Services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));

        foreach (var (service, implementation) in Implementations(typeof(IRequestHandler<,>)))
            builder.Services.AddScoped(service, implementation);
        foreach (var (service, implementation) in Implementations(typeof(INotificationHandler<>)))
            builder.Services.AddScoped(service, implementation);
        foreach (var (service, implementation) in Implementations(typeof(IValidator<>)))
            builder.Services.AddSingleton(service, implementation);
    }

    /// <summary>Lets every <see cref="IEndpoint"/> map itself.</summary>
    public static void MapEndpoints(this IEndpointRouteBuilder routes)
    {
        var map = typeof(MediationExtensions).GetMethod(nameof(Map), BindingFlags.NonPublic | BindingFlags.Static)!;
        foreach (var type in Types.Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IEndpoint))))
            map.MakeGenericMethod(type).Invoke(null, [routes]);
    }

    private static void Map<TEndpoint>(IEndpointRouteBuilder routes) where TEndpoint : IEndpoint => TEndpoint.Map(routes);

    private static IEnumerable<(Type Service, Type Implementation)> Implementations(Type definition) =>
        from type in Types
        where type is { IsAbstract: false, IsGenericTypeDefinition: false }
        from service in type.GetInterfaces()
        where service.IsGenericType && service.GetGenericTypeDefinition() == definition
        select (service, type);
}
