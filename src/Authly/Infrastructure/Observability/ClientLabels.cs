using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// The guard before the label <c>client_id</c>: off unless switched on, then the first 200 registered clients, and <c>_other</c> for
/// everybody else, so that no client makes a series by what it calls itself.
/// </summary>
internal sealed class ClientLabels(AuthlyOptions options)
{
    public const int Most = 200;
    public const string Other = "_other";

    private FrozenSet<string> _registered = FrozenSet<string>.Empty;
    private readonly ConcurrentDictionary<string, string> _hashes = new();

    /// <summary>The label of a client; null while client ids are off.</summary>
    public string? Of(string? client) => options.Metrics.ClientId switch
    {
        ClientIdMode.Off => null,
        _ when client is null || !_registered.TryGetValue(client, out client) => Other,
        ClientIdMode.Hashed => _hashes.GetOrAdd(client, Hash),
        _ => client,
    };

    /// <summary>Sets the registered clients, the oldest first.</summary>
    public void Load(IEnumerable<string> clients) => _registered = clients.Take(Most).ToFrozenSet(StringComparer.Ordinal);

    private static string Hash(string client) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(client)).AsSpan(0, 6));
}
