
namespace Authly.Infrastructure.Configuration;

/// <summary>Which database this server stands on: PostgreSQL where the connection string names a host, else a SQLite file.</summary>
internal sealed class ConfiguredDatabase
{
    private static readonly string[] PostgresNames = ["Host=", "Server="];

    public ConfiguredDatabase(ConnectionStrings connections, AuthlyOptions options)
    {
        var configured = connections.Authly;
        IsPostgres = configured is not null && PostgresNames.Any(name => configured.Contains(name, StringComparison.OrdinalIgnoreCase));
        ConnectionString = string.IsNullOrWhiteSpace(configured) ? $"Data Source={Path.Combine(options.DataFolder, "authly.db")}"
            : configured;
    }

    public bool IsPostgres { get; }

    public string ConnectionString { get; }

    public string Name => IsPostgres ? "PostgreSQL" : "SQLite";
}
