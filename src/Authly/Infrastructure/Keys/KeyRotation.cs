using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Keys;

/// <summary>Makes the first signing keys, and reads all into the ring before the server listens.</summary>
internal sealed class SigningKeys(SigningKeyStore store, SigningKeyLoader loader) : IStartupTask
{
    public StartupPhase Phase => StartupPhase.Keys;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await store.MaintainAsync(cancellationToken);
        loader.Load(await store.ReadAsync(cancellationToken));
    }
}

/// <summary>
/// Keeps every instance's ring as the database has it, and does what is due: at each notification, and by polling, because one can be lost.
/// </summary>
internal sealed class KeyRotation(
    IServiceScopeFactory scopes, SigningKeyLoader loader, SigningKeySchedule schedule, ChangeNotifications changes,
    Readings readings, Instruments instruments, ILogger<KeyRotation> logger)
        : PeriodicJob(BackgroundJob.KeyRotation, readings, instruments, logger)
{
    private readonly SemaphoreSlim _changed = Subscribe(changes);

    protected override async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (!await _changed.WaitAsync(schedule.Poll, cancellationToken))
            changes.Polled(schedule.Poll);
    }

    /// <summary>Whatever goes wrong here, the keys in memory are good, and go on.</summary>
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<SigningKeyStore>();
        try
        {
            await store.MaintainAsync(cancellationToken);
        }
        finally
        {
            // A database that can only be read, or another instance that holds the lock for long, keeps no change from us.
            loader.Load(await store.ReadAsync(cancellationToken));
        }
    }

    private static SemaphoreSlim Subscribe(ChangeNotifications changes)
    {
        var changed = new SemaphoreSlim(0, 1);
        changes.Subscribe(ChangeNotifications.SigningKeys, () =>
        {
            if (changed.CurrentCount == 0)
                changed.Release();
        });
        return changed;
    }
}
