using Authly.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

internal static class PersistenceExtensions
{
    public static void AddPersistence(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<StartupLock>();
        services.AddSingleton<Startup>();
        services.AddHostedService(provider => provider.GetRequiredService<Startup>());
        services.AddScoped<IStartupTask, Schema>();
        services.AddHttpContextAccessor();
        services.AddSingleton<AuditFolding>();
        services.AddSingleton<AuditRows>();
        services.AddScoped<AuditLog>();
        services.AddScoped<Actor>();
        services.AddSingleton(provider => PostgresPool.Build(provider.GetRequiredService<ConfiguredDatabase>().ConnectionString));
        services.AddDbContextPool<PostgresDbContext>((provider, options) => Common(options, provider)
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddDbContextPool<SqliteDbContext>((provider, options) => Common(options, provider)
            .UseSqlite(provider.GetRequiredService<ConfiguredDatabase>().ConnectionString,
                sqlite => sqlite.CommandTimeout(DatabaseTimeouts.CommandSeconds)));
        services.AddScoped<AuthlyDbContext>(provider => provider.GetRequiredService<ConfiguredDatabase>().IsPostgres
            ? provider.GetRequiredService<PostgresDbContext>()
            : provider.GetRequiredService<SqliteDbContext>());
    }

    public static void AddBatchWorker<TWorker>(this IServiceCollection services) where TWorker : BackgroundService
    {
        services.AddSingleton<TWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<TWorker>());
    }

    // A fault is told once, by the one who answers 503, and a lost race is no fault: EF Core's own lines would say either again.
    private static DbContextOptionsBuilder Common(DbContextOptionsBuilder options, IServiceProvider provider) => options
        .AddInterceptors(provider.GetServices<IInterceptor>())
        .ConfigureWarnings(warnings => warnings.Ignore(
            CoreEventId.SaveChangesFailed, CoreEventId.OptimisticConcurrencyException, CoreEventId.QueryIterationFailed,
            RelationalEventId.CommandError, RelationalEventId.ConnectionError, RelationalEventId.TransactionError));
}
