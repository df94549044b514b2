using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Authly.Infrastructure.Changes;

/// <summary>
/// What any instance changed in the database, told to whoever keeps it in memory. <see cref="PostgresChanges"/> hears of it, and
/// <see cref="RedisChanges"/> where Redis is configured. Either can miss one: who needs a bound polls besides.
/// </summary>
internal sealed class ChangeNotifications
{
    /// <summary>Clients and scopes. The tables' triggers notify the same names.</summary>
    public const string Registrations = "registrations";

    public const string SigningKeys = "signing_keys";

    private readonly Dictionary<string, Action> _subscribers = [];

    /// <summary>Calls back when a topic changed or may have. To be called before the start.</summary>
    public void Subscribe(string topic, Action changed) =>
        _subscribers[topic] = _subscribers.TryGetValue(topic, out var others) ? others + changed : changed;

    public void Heard(string topic) => _subscribers.GetValueOrDefault(topic)?.Invoke();

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
