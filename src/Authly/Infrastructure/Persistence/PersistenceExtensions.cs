using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Tokens;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

internal static class PersistenceExtensions
{
    // SQLITE_CONSTRAINT.
    private const int SqliteConstraint = 19;

    public static void AddPersistence(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ConfiguredDatabase>();
        services.AddScoped<TokenFamilies>();
        services.AddSingleton<Startup>();
        services.AddHostedService(provider => provider.GetRequiredService<Startup>());
        services.AddScoped<IStartupTask, Schema>();

        services.AddSingleton<ChangeNotifications>();
        services.AddHostedService<PostgresChanges>();
        if (Redis.IsConfigured(builder.Configuration))
            services.AddRedis();
        services.AddScoped<TokenEntries>();
        services.AddScoped<TokenWrite>();
        services.AddBatchWorker<TokenWriter>();
        services.AddBatchWorker<TokenReader>();
        services.AddHostedService<Pruning>();
        services.AddSingleton<ITokenTable>(provider => provider.GetRequiredService<ConfiguredDatabase>().IsPostgres
            ? ActivatorUtilities.CreateInstance<PostgresTokenTable>(provider)
            : ActivatorUtilities.CreateInstance<SqliteTokenTable>(provider));

        services.AddSingleton(provider =>
        {
            var source = new NpgsqlDataSourceBuilder(provider.GetRequiredService<ConfiguredDatabase>().ConnectionString)
            {
                // The pool's name in metrics: unset, the label would print the connection string.
                Name = "authly",
            };
            // The same few statements run all the time; a pooler that cannot keep them is told so by `Max Auto Prepare=0`.
            if (!source.ConnectionStringBuilder.ContainsKey("Max Auto Prepare"))
                source.ConnectionStringBuilder.MaxAutoPrepare = 64;
            // Nothing here leaves a setting behind in a session, and asking the server to forget it would cost a round trip each time.
            source.ConnectionStringBuilder.NoResetOnClose = true;
            // Spans name the pool, not where the database lives.
            source.ConfigureTracing(tracing => tracing.EnablePhysicalOpenTracing(false).ConfigureCommandEnrichmentCallback((span, _) => span.SetTag("server.address", null).SetTag("server.port", null))
                .ConfigureBatchEnrichmentCallback((span, _) => span.SetTag("server.address", null).SetTag("server.port", null)));
            return source.Build();
        });
        services.AddDbContextPool<PostgresDbContext>((provider, options) => Common(options, provider)
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddDbContextPool<SqliteDbContext>((provider, options) => Common(options, provider)
            .UseSqlite(provider.GetRequiredService<ConfiguredDatabase>().ConnectionString));
        services.AddScoped<AuthlyDbContext>(provider => provider.GetRequiredService<ConfiguredDatabase>().IsPostgres
            ? provider.GetRequiredService<PostgresDbContext>()
            : provider.GetRequiredService<SqliteDbContext>());
    }

    private static void AddRedis(this IServiceCollection services)
    {
        services.AddSingleton<Redis>();
        services.AddSingleton<RedisChanges>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisChanges>());
        services.AddSingleton<IInterceptor, ChangePublisher>();
        services.AddHealthChecks().AddCheck<RedisCheck>("redis", tags: ["ready"]);
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

    /// <summary>Whether a statement failed for what was in it (a row that broke a constraint, a deadlock), rather than because the database is away.</summary>
    public static bool IsOfOneRow(this Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState.StartsWith("22", StringComparison.Ordinal) || postgres.SqlState.StartsWith("23", StringComparison.Ordinal)
            || postgres.SqlState == PostgresErrorCodes.DeadlockDetected,
        DbUpdateException { InnerException: SqliteException sqlite } => sqlite.SqliteErrorCode == SqliteConstraint,
        _ => false,
    };

    /// <summary>Whether an exception says that the database could not be reached or could not finish, rather than that our code is wrong.</summary>
    public static bool IsDatabaseFault(this Exception exception) => exception switch
    {
        NpgsqlException or SqliteException or TimeoutException => true,
        { InnerException: { } inner } => inner.IsDatabaseFault(),
        _ => false,
    };
}
