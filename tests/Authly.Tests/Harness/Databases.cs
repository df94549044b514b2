using System.Reflection;
using Npgsql;
using Xunit.Sdk;
using Xunit.v3;

namespace Authly.Tests.Harness;

public enum Database
{
    Sqlite,
    Postgres,
}

/// <summary>
/// Runs a theory on SQLite and on PostgreSQL: the server that <c>AUTHLY_TEST_POSTGRES</c> names, or a cluster of our own. On a
/// machine with neither, those runs are skipped and say so; CI does not allow that.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnEachDatabaseAttribute : DataAttribute
{
    public const string Missing =
        "PostgreSQL is not installed: install Debian's package postgresql, or name a server in AUTHLY_TEST_POSTGRES.";

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new(
    [
        new TheoryDataRow<Database>(Database.Sqlite),
        new TheoryDataRow<Database>(Database.Postgres) { Skip = Databases.HasPostgres ? null : Missing },
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

public static class Databases
{
    private static readonly Lazy<Task<PostgresCluster>> Cluster = new(PostgresCluster.StartNewAsync);

    private static string? Given => Environment.GetEnvironmentVariable("AUTHLY_TEST_POSTGRES") is { Length: > 0 } given ? given : null;

    public static bool HasPostgres { get; } = Given is not null || PostgresCluster.IsInstalled
        || (Environment.GetEnvironmentVariable("CI") == "true"
            ? throw new InvalidOperationException(OnEachDatabaseAttribute.Missing)
            : false);

    /// <summary>A new, empty PostgreSQL database.</summary>
    public static async Task<string> CreatePostgresAsync()
    {
        var server = Given ?? (await Cluster.Value).ConnectionString;
        var name = $"authly_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection($"{server};Database=postgres");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync();
        return $"{server};Database={name};Maximum Pool Size=20";
    }

    public static async Task StopAsync()
    {
        if (Cluster.IsValueCreated)
            await (await Cluster.Value).DisposeAsync();
    }
}
