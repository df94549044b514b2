using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Persistence;
using HealthChecks.NpgSql;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Authly.Infrastructure.Hosting;

/// <summary>What is asked when somebody asks for health.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void AddHealth(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var connections = new ConnectionStrings(builder.Configuration);
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        var checks = services.AddHealthChecks()
            .AddCheck<ReadinessCheck>("startup")
            .Add(new HealthCheckRegistration("database", DatabaseCheck, HealthStatus.Unhealthy, tags: null, Patience));
        // Redis away is no reason to send requests elsewhere: changes are noticed a little later.
        if (connections.Redis.Length > 0)
        {
            checks.AddRedis(provider => provider.GetRequiredService<Redis>().ConnectAsync().GetAwaiter().GetResult(), "redis",
                HealthStatus.Degraded, tags: null, Patience);
        }

        services.AddSingleton<HealthMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<HealthMonitor>());
    }

    private static IHealthCheck DatabaseCheck(IServiceProvider services)
    {
        var database = services.GetRequiredService<ConfiguredDatabase>();
        if (!database.IsPostgres)
            return new SqliteCheck(database.ConnectionString);
        var source = services.GetRequiredService<NpgsqlDataSource>();
        return new NpgSqlHealthCheck(new NpgSqlHealthCheckOptions(source)
        {
            CommandText = "select current_setting('transaction_read_only')",
            HealthCheckResultBuilder = readOnly =>
            {
                if (readOnly is "off")
                    return HealthCheckResult.Healthy();
                // After a failover the connections of the pool keep what they were opened with: new ones see what the database is now.
                source.Clear();
                return HealthCheckResult.Unhealthy("read-only");
            },
        });
    }

    /// <summary>Whether the file can be read, by a connection of its own.</summary>
    private sealed class SqliteCheck(string connectionString) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await using var connection = new SqliteConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "select 1 from signing_keys limit 1";
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}

/// <summary>Ready once schema, keys and seed are in place, and until the server is asked to stop.</summary>
internal sealed class ReadinessCheck(Startup startup, SigningKeyRing keys, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
            : startup.IsComplete && keys.Current.Count > 0 ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("starting"));
}
