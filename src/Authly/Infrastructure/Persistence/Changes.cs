using System.Data;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Tells what other instances changed in the database, at once: a trigger notifies, and each instance listens. A notification that was lost while the connection was
/// is made up for when there is one again: everybody is told to look. Who needs a bound without a database polls besides.
/// </summary>
internal sealed class Changes(IServiceProvider services, Database database, ILogger<Changes> logger) : BackgroundService
{
    public const string Channel = "authly_changes";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Action> _subscribers = [];

    /// <summary>Calls back when a topic changed or may have. To be called before the start.</summary>
    public void Subscribe(string topic, Action changed) => _subscribers[topic] = _subscribers.TryGetValue(topic, out var others) ? others + changed : changed;

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
                logger.LogWarning("Changes of other instances are not heard at the moment: {Fault}", exception.GetBaseException().GetType().Name);
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
        connection.Notification += (_, notification) => _subscribers.GetValueOrDefault(notification.Payload)?.Invoke();
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
            await listen.ExecuteNonQueryAsync(stoppingToken);
        foreach (var changed in _subscribers.Values)
            changed();

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
