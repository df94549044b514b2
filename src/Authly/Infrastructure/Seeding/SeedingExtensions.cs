using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Seeding;

internal static class SeedingExtensions
{
    public static void AddSeeding(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddScoped<Seed>();
        services.AddScoped<IStartupTask>(provider => provider.GetRequiredService<Seed>());
        if (!builder.Environment.IsDevelopment())
            return;
        services.AddSingleton<Banner>();
        services.AddHostedService(provider => provider.GetRequiredService<Banner>());
        services.AddScoped<IStartupTask, FirstRun>();
    }
}
