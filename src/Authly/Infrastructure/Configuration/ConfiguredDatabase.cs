namespace Authly.Infrastructure.Configuration;

/// <summary>Which database this server stands on: PostgreSQL where the connection string names a host, else a SQLite file.</summary>
internal sealed class ConfiguredDatabase(ConnectionStrings connections, AuthlyOptions options)
{
    public bool IsPostgres => connections.IsPostgres;

    public string ConnectionString { get; } =
        connections.Authly ?? $"Data Source={Path.Combine(options.DataFolder, "authly.db")}";

    public string Name => IsPostgres ? "PostgreSQL" : "SQLite";
}
