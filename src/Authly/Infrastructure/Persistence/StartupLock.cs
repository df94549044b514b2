using System.Diagnostics;
using Authly.Infrastructure.Configuration;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Lets one instance at a time start on a database: a lock in PostgreSQL, or on a file beside SQLite's. Either is released when the process
/// dies.
/// </summary>
internal sealed class StartupLock(IServiceProvider services, ConfiguredDatabase database, AuthlyOptions options)
{
    /// <summary>Waits for the lock.</summary>
    /// <exception cref="StartupException">The data folder cannot be written, or its lock is held for too long.</exception>
    public Task<IAsyncDisposable> TakeAsync(CancellationToken cancellationToken) =>
        database.IsPostgres ? LockPostgresAsync(cancellationToken) : LockFolderAsync(cancellationToken);

    private async Task<IAsyncDisposable> LockPostgresAsync(CancellationToken cancellationToken)
    {
        var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        try
        {
            // A transaction's lock: it is released when this connection goes back to the pool, and when this process dies.
            await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(@key)", connection) { CommandTimeout = 0 };
            command.Parameters.AddWithValue("key", (long)AdvisoryLock.Startup);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<IAsyncDisposable> LockFolderAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(options.DataFolder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"The data folder cannot be made: {exception.Message} Set Authly:DataFolder to one that can be written.", exception);
        }

        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(
                    Path.Combine(options.DataFolder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < options.DatabaseStartupTimeout)
            {
                await Task.Delay(100, cancellationToken);
            }
            catch (IOException exception)
            {
                throw new StartupException(
                    $"The data folder cannot be locked: {exception.Message} Another server may be starting on it.", exception);
            }
            catch (UnauthorizedAccessException exception)
            {
                throw new StartupException($"The data folder cannot be written: {exception.Message}", exception);
            }
        }
    }
}
