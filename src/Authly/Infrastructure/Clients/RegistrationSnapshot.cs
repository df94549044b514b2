using System.Collections.Concurrent;
using System.Collections.Frozen;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Clients;

/// <summary>What was read since the last change; a change replaces it as a whole.</summary>
internal sealed class RegistrationSnapshot(long madeAt)
{
    // A bound on memory, far above what most have; beyond it all are forgotten and read again.
    private const int MostClients = 10_000;

    // As long as the column is: no client has a longer id.
    private const int LongestClientId = 100;

    private int _kept;

    /// <summary>A timestamp of the monotonic clock.</summary>
    public long MadeAt { get; } = madeAt;

    /// <summary>By their ids; null for an id that nobody has (a negative cache).</summary>
    public ConcurrentDictionary<string, Client?> Clients { get; } = new(StringComparer.Ordinal);

    public FrozenDictionary<string, Scope>? Scopes { get; set; }

    public void Keep(string clientId, Client? client)
    {
        if (clientId.Length > LongestClientId)
            return;
        if (Interlocked.Increment(ref _kept) > MostClients)
        {
            Clients.Clear();
            Interlocked.Exchange(ref _kept, 1);
        }

        Clients[clientId] = client;
    }
}
