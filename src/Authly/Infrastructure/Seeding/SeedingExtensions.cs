using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Seeding;

internal static class SeedingExtensions
{
    public static void AddSeeding(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddScoped<ScopeReconciliation>();
        services.AddScoped<ClientReconciliation>();
        services.AddScoped<PersonReconciliation>();
        services.AddScoped<Reconciliation>();
        services.AddScoped<IStartupTask, Seed>();
        services.AddSingleton<FirstSignIn>();
        if (builder.Environment.IsDevelopment())
            services.AddScoped<IStartupTask, FirstRun>();
    }
}
