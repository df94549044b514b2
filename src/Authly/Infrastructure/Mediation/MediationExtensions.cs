using FluentValidation;
using MediatR;

namespace Authly.Infrastructure.Mediation;

internal static class MediationExtensions
{
    /// <summary>
    /// Registers MediatR, the behaviors in their order (outermost first), and each handler and validator found by its type.
    /// </summary>
    public static void AddMediation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ServiceFactory>(services => services.GetRequiredService);
        builder.Services.AddScoped<IMediator, Mediator>();

        // Order is law: metrics outermost, so that what validation refuses is counted too.
        builder.Services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(MetricsBehavior<,>));
        builder.Services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));

        foreach (var (service, implementation) in Declared.Implementations(typeof(IRequestHandler<,>)))
            builder.Services.AddScoped(service, implementation);
        // Those of settings and files are made where they are used: they have what they need to know from there.
        foreach (var (service, implementation) in Declared.Implementations(typeof(IValidator<>))
            .Where(found => found.Implementation.DeclaringType is not null))
        {
            builder.Services.AddSingleton(service, implementation);
        }
    }

    /// <summary>Lets every endpoint map itself.</summary>
    public static void MapEndpoints(this IEndpointRouteBuilder routes)
    {
        foreach (var endpoint in Declared.Endpoints)
            endpoint.Map(routes);
    }
}
