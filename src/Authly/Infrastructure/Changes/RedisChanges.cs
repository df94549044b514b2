using Authly.Infrastructure.Observability;
using StackExchange.Redis;

namespace Authly.Infrastructure.Changes;

/// <summary>
/// Tells all instances of a change by Redis, and hears of theirs: the way that also goes where PostgreSQL's notifications do not, as
/// through a pooler that gives a connection away after each transaction. Only what Authly changes itself is told.
/// </summary>
internal sealed class RedisChanges(Redis redis, ChangeNotifications changes, ILogger<RedisChanges> logger) : BackgroundService
{
    private static readonly RedisChannel Channel = RedisChannel.Literal("authly:changes");

    /// <summary>To be called after the commit. The change stands whether or not it could be told.</summary>
    public async Task PublishAsync(string topic)
    {
        try
        {
            await (await redis.ConnectAsync()).GetSubscriber().PublishAsync(Channel, changes.MessageOf(topic));
        }
        catch (Exception exception)
        {
            logger.LogWarning("A change could not be told by Redis: {Fault}", exception.GetType().Name);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isTold = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SubscribeAsync();
                return;
            }
            catch (Exception exception)
            {
                // Whatever it is: changes are seen later, and no request fails.
                if (!isTold)
                    logger.LogWarning("Redis is not there, trying again every second: {Fault}", exception.GetType().Name);
                isTold = true;
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The library renews the subscription whenever it connects again.</summary>
    private async Task SubscribeAsync()
    {
        var connection = await redis.ConnectAsync();
        var subscriber = connection.GetSubscriber();
        try
        {
            await subscriber.SubscribeAsync(Channel, Hear);
        }
        catch
        {
            // The library has kept the handler though nobody was there: the next attempt would be a second one.
            await subscriber.UnsubscribeAsync(Channel, Hear, CommandFlags.FireAndForget);
            throw;
        }

        connection.ConnectionFailed += (_, failure) => logger.LogWarning("Redis is away: {Fault}", failure.FailureType);
        connection.ConnectionRestored += (_, _) => changes.MayHaveMissed();
        changes.MayHaveMissed();
    }

    private void Hear(RedisChannel channel, RedisValue message) => changes.Heard(ChangeSource.Redis, message.ToString());
}
