using Authly.Infrastructure.Persistence;
using Npgsql;

namespace Authly.Infrastructure.Keys;

/// <summary>Hears from PostgreSQL that keys have changed, on a connection of its own that is made again when it breaks; from SQLite there is nothing to hear.</summary>
internal sealed class KeyNotifications(Database database, ILogger<KeyNotifications> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>Returns at a notification, or after this time.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken cancellationToken) => _changed.WaitAsync(most, cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!database.IsPostgres)
            return;
        await using var source = Source();
        var isFailing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, _) => Changed();
                await using (var command = new NpgsqlCommand($"listen {SigningKeyStore.Channel}", connection))
                    await command.ExecuteNonQueryAsync(stoppingToken);
                isFailing = false;
                // What was said while nobody listened is lost.
                Changed();
                while (true)
                    await connection.WaitAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (!isFailing)
                    logger.LogWarning("The connection that hears of new signing keys is lost; polling goes on: {Fault}", exception.GetType().Name);
                isFailing = true;
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }

    private NpgsqlDataSource Source()
    {
        // Not from the pool that requests use. The name is a label: unset, that would be the connection string.
        var source = new NpgsqlDataSourceBuilder(database.ConnectionString) { Name = "authly_keys" };
        (source.ConnectionStringBuilder.Pooling, source.ConnectionStringBuilder.KeepAlive) = (false, 30);
        return source.Build();
    }

    private void Changed()
    {
        if (_changed.CurrentCount == 0)
            _changed.Release();
    }
}
