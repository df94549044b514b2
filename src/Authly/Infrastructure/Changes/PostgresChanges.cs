using System.Data;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Npgsql;

namespace Authly.Infrastructure.Changes;

/// <summary>Listens to the notifications of the tables' triggers, which tell of every change, by hand too.</summary>
internal sealed class PostgresChanges(
    IServiceProvider services, ConfiguredDatabase database, ChangeNotifications changes, ILogger<PostgresChanges> logger)
    : BackgroundService
{
    private const string Channel = "authly_changes";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private bool _isTold;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!database.IsPostgres)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: without notifications changes are seen later, and no request fails.
                if (!_isTold)
                    logger.LogWarning("Changes of other instances are not heard at the moment: {Fault}", exception.GetBaseException()
                        .GetType().Name);
                _isTold = true;
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, notification) => changes.Heard(ChangeSource.Postgres, notification.Payload);
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
            await listen.ExecuteNonQueryAsync(stoppingToken);
        _isTold = false;
        changes.MayHaveMissed();

        try
        {
            while (true)
            {
                if (await connection.WaitAsync(Patience, stoppingToken))
                    continue;
                // Nothing came: is anybody there? A connection that a firewall dropped would stay silent for ever.
                await using var ping = new NpgsqlCommand("select 1", connection);
                await ping.ExecuteNonQueryAsync(stoppingToken);
            }
        }
        finally
        {
            // It goes back to the pool, and the pool resets nothing.
            if (connection.State is ConnectionState.Open)
            {
                await using var unlisten = new NpgsqlCommand("unlisten *", connection);
                await unlisten.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }
}
