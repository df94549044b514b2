using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Authly.Infrastructure.Persistence;

/// <summary>Brings the schema up to this version; refuses a database that a newer version has already changed.</summary>
internal sealed class Schema(AuthlyDbContext context) : IStartupTask
{
    public StartupPhase Phase => StartupPhase.Migrations;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToHashSet();
        var applied = (await AppliedAsync(cancellationToken)).ToHashSet();
        if (applied.FirstOrDefault(migration => !known.Contains(migration)) is { } newer)
            throw new StartupException(
                $"The database was made by a newer version of Authly (it has the migration {newer}): "
                + "start that version, or use another database.");
        // Nearly every start: what finds out for itself that nothing is to do takes a tenth of the start.
        if (applied.Count == known.Count)
            return;

        if (context.Database.IsSqlite())
        {
            await context.Database.ExecuteSqlRawAsync("pragma journal_mode = wal", cancellationToken);
            // We hold our own lock: one that EF Core left behind belongs to a process that died.
            await context.Database.ExecuteSqlRawAsync("drop table if exists \"__EFMigrationsLock\"", cancellationToken);
        }

        context.Database.SetCommandTimeout(DatabaseTimeouts.Migration);
        await context.Database.MigrateAsync(cancellationToken);
    }

    private async Task<IEnumerable<string>> AppliedAsync(CancellationToken cancellationToken) =>
        await context.Database.CanConnectAsync(cancellationToken) ? await context.Database.GetAppliedMigrationsAsync(cancellationToken)
            : [];
}

/// <summary>For <c>dotnet ef migrations add</c> only: a context of each kind that never connects.</summary>
internal sealed class PostgresDesign : IDesignTimeDbContextFactory<PostgresDbContext>
{
    public PostgresDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresDbContext>().UseNpgsql("Host=design").Options);
}

/// <inheritdoc cref="PostgresDesign" />
internal sealed class SqliteDesign : IDesignTimeDbContextFactory<SqliteDbContext>
{
    public SqliteDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteDbContext>().UseSqlite("Data Source=design").Options);
}
