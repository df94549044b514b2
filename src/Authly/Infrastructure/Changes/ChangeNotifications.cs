using System.Globalization;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Authly.Infrastructure.Changes;

/// <summary>
/// What any instance changed in the database, told to whoever keeps it in memory. <see cref="PostgresChanges"/> hears of it, and
/// <see cref="RedisChanges"/> where Redis is configured. Either can miss one: who needs a bound polls besides.
/// </summary>
internal sealed class ChangeNotifications(Instruments instruments, TimeProvider time)
{
    /// <summary>Clients and scopes. The tables' triggers notify the same names.</summary>
    public const string Registrations = "registrations";

    public const string SigningKeys = "signing_keys";

    private readonly Dictionary<string, Action> _subscribers = [];

    /// <summary>Calls back when a topic changed or may have. To be called before the start.</summary>
    public void Subscribe(string topic, Action changed) =>
        _subscribers[topic] = _subscribers.TryGetValue(topic, out var others) ? others + changed : changed;

    /// <summary>Hears of a change.</summary>
    /// <param name="message">Its topic, and when it was made in milliseconds of Unix time; an earlier version told no time.</param>
    public void Heard(ChangeSource source, ReadOnlySpan<char> message)
    {
        var end = message.IndexOf(' ');
        if (!_subscribers.TryGetValue((end < 0 ? message : message[..end]).ToString(), out var changed))
            return;
        // Clocks of two machines differ: nothing is heard before it was told.
        TimeSpan? lag = end >= 0 && long.TryParse(message[(end + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            ? TimeSpan.FromMilliseconds(Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - at)) : null;
        instruments.ChangeHeard(source, lag);
        changed();
    }

    /// <summary>Somebody looks because nothing was told for so long.</summary>
    public void Polled(TimeSpan age) => instruments.ChangeHeard(ChangeSource.Poll, age);

    /// <summary>What is told of a change of now.</summary>
    public string MessageOf(string topic) =>
        string.Create(CultureInfo.InvariantCulture, $"{topic} {time.GetUtcNow().ToUnixTimeMilliseconds()}");

    /// <summary>For when somebody listens again: what was told meanwhile is lost, so everybody is to look.</summary>
    public void MayHaveMissed()
    {
        foreach (var changed in _subscribers.Values)
            changed();
    }

    /// <summary>The topic that a changed row belongs to; null for what nobody keeps.</summary>
    public static string? TopicOf(EntityEntry entry) => entry.Entity switch
    {
        Client or Scope => Registrations,
        SigningKey => SigningKeys,
        _ => null,
    };
}
