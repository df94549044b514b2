using System.Diagnostics;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// One step of a start, run in the order of phases and within one in that of registration, under a lock that all instances on one database
/// share.
/// </summary>
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
internal sealed class Startup(
    IServiceProvider services, StartupLock startupLock, ConfiguredDatabase database, AuthlyOptions options, Readings readings,
    ILogger<Startup> logger) : IHostedLifecycleService
{
    // Order: nothing is read before the schema is there. Keys and the seed know nothing of each other.
    private static readonly StartupPhase[][] Order =
        [[StartupPhase.Configuration], [StartupPhase.Migrations], [StartupPhase.Keys, StartupPhase.Seed]];

    private long _ready;

    public bool IsComplete { get; private set; }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        readings.StartupPhaseEnded(StartupPhase.Configuration, DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime());
        await RunAsync(Order, cancellationToken);
        _ready = Stopwatch.GetTimestamp();
        IsComplete = true;
    }

    /// <summary>Brings the schema up to this version, and does nothing else that a start does.</summary>
    /// <exception cref="StartupException">The database cannot be used.</exception>
    public Task MigrateAsync(CancellationToken cancellationToken) => RunAsync([[StartupPhase.Migrations]], cancellationToken);

    private async Task RunAsync(StartupPhase[][] order, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await RunOnceAsync(order, cancellationToken);
                return;
            }
            catch (Exception exception) when (exception.IsFromDatabase())
            {
                if (Stopwatch.GetElapsedTime(started) > options.DatabaseStartupTimeout || !IsPassing(exception))
                    throw new StartupException(
                        $"The database ({database.Name}) cannot be used: {exception.GetBaseException().Message}", exception);
                logger.LogWarning("The database is not ready; trying again in a second");
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    private async Task RunOnceAsync(StartupPhase[][] order, CancellationToken cancellationToken)
    {
        // Built while the connection opens: each takes a tenth of the start.
        var model = Task.Run(BuildModel, CancellationToken.None);
        await using var _ = await startupLock.TakeAsync(cancellationToken);
        await model;
        foreach (var phases in order)
            await Task.WhenAll(phases.Select(phase => Task.Run(() => RunAsync(phase, cancellationToken), cancellationToken)));
    }

    private async Task RunAsync(StartupPhase phase, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        foreach (var task in scope.ServiceProvider.GetServices<IStartupTask>().Where(task => task.Phase == phase))
        {
            var started = Stopwatch.GetTimestamp();
            await task.RunAsync(cancellationToken);
            readings.StartupPhaseEnded(phase, Stopwatch.GetElapsedTime(started));
        }
    }

    private void BuildModel()
    {
        using var scope = services.CreateScope();
        _ = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Model;
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
