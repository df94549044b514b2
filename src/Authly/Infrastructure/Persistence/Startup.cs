using System.Diagnostics;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

/// <summary>One step of a start, run in the order of registration, under a lock that all instances on one database share.</summary>
internal interface IStartupTask
{
    /// <summary>What the time that it takes is measured as.</summary>
    StartupPhase Phase { get; }

    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Makes the database ready before the server listens: schema, keys, seed. Waits for a database that is still starting, and
/// serializes instances that start at once.
/// </summary>
internal sealed class Startup(IServiceProvider services, ConfiguredDatabase database, AuthlyOptions options, Readings readings, ILogger<Startup> logger) : IHostedLifecycleService
{
    // Any number would do; it must be the same in every version.
    private const long AdvisoryLock = 4711_0001;

    private long _ready;

    public bool IsComplete { get; private set; }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        readings.StartupPhaseEnded(StartupPhase.Configuration, DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime());
        while (true)
        {
            try
            {
                await RunAsync(cancellationToken);
                _ready = Stopwatch.GetTimestamp();
                IsComplete = true;
                return;
            }
            catch (Exception exception) when (exception.IsDatabaseFault())
            {
                if (Stopwatch.GetElapsedTime(started) > options.DatabaseStartupTimeout || !IsPassing(exception))
                    throw new StartupException($"The database ({database.Name}) cannot be used: {exception.GetBaseException().Message}", exception);
                logger.LogWarning("The database is not ready; trying again in a second");
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        // Built while the connection opens: each takes a tenth of the start.
        var model = Task.Run(BuildModel, CancellationToken.None);
        await using var _ = database.IsPostgres ? await LockPostgresAsync(cancellationToken) : await LockFolderAsync(cancellationToken);
        await model;
        await using var scope = services.CreateAsyncScope();
        foreach (var task in scope.ServiceProvider.GetServices<IStartupTask>())
        {
            var started = Stopwatch.GetTimestamp();
            await task.RunAsync(cancellationToken);
            readings.StartupPhaseEnded(task.Phase, Stopwatch.GetElapsedTime(started));
        }
    }

    private void BuildModel()
    {
        using var scope = services.CreateScope();
        _ = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Model;
    }

    private async Task<IAsyncDisposable> LockPostgresAsync(CancellationToken cancellationToken)
    {
        var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        try
        {
            // A transaction's lock: it is released when this connection goes back to the pool, and when this process dies.
            await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(@key)", connection) { CommandTimeout = 0 };
            command.Parameters.AddWithValue("key", AdvisoryLock);
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
            throw new StartupException($"The data folder cannot be made: {exception.Message} Set Authly:DataFolder to one that can be written.", exception);
        }

        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(Path.Combine(options.DataFolder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < options.DatabaseStartupTimeout)
            {
                await Task.Delay(100, cancellationToken);
            }
            catch (IOException exception)
            {
                throw new StartupException($"The data folder cannot be locked: {exception.Message} Another server may be starting on it.", exception);
            }
            catch (UnauthorizedAccessException exception)
            {
                throw new StartupException($"The data folder cannot be written: {exception.Message}", exception);
            }
        }
    }

    // A wrong password or an unknown database does not pass by waiting; a server that is starting does.
    private static bool IsPassing(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            if (current is PostgresException postgres)
                return postgres.IsTransient || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal);
        }

        return true;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        readings.StartupPhaseEnded(StartupPhase.Listening, Stopwatch.GetElapsedTime(_ready));
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
