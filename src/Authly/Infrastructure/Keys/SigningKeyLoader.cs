using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace Authly.Infrastructure.Keys;

/// <summary>Brings the rows into the ring and into OpenIddict's options, or leaves both as they are.</summary>
internal sealed class SigningKeyLoader(SigningKeyRing ring, SigningKeyMaterial material, IOptionsFactory<OpenIddictServerOptions> factory,
    IOptionsMonitorCache<OpenIddictServerOptions> cache, Readings readings, ILogger<SigningKeyLoader> logger)
{
    private readonly HashSet<string> _unreadable = [];

    public void Load(IEnumerable<SigningKey> rows)
    {
        var keys = rows.OrderBy(row => row.SignsFrom).Select(Read).OfType<RingKey>().ToList();
        if (keys.Count == 0)
            throw new StartupException(SigningKeyMaterial.Unreadable);
        if (SigningKeyMaterial.Algorithms.FirstOrDefault(algorithm => !keys.Exists(key => key.Algorithm == algorithm)) is { } missing)
            throw new StartupException(
                $"No {missing} signing key in the database can be read. If they are damaged, 'authly keys rotate --now' makes new keys.");
        if (!keys.SequenceEqual(ring.Current))
        {
            ring.Replace(keys, () =>
            {
                // Built before the old ones go: an options cache would keep a failure, and answer every request with it.
                var options = factory.Create(Options.DefaultName);
                cache.TryRemove(Options.DefaultName);
                cache.TryAdd(Options.DefaultName, options);
            });
        }

        foreach (var algorithm in SigningKeyMaterial.Algorithms)
            readings.SigningKeyEnds(algorithm, keys.Last(key => key.Algorithm == algorithm).SignsUntil);
    }

    /// <summary>A row that cannot be read costs its own key at most, and not that if we have it in memory.</summary>
    private RingKey? Read(SigningKey row)
    {
        var known = ring.Current.FirstOrDefault(key => key.KeyId == row.KeyId);
        var credentials = known?.Credentials;
        if (known?.ProtectedKey != row.ProtectedKey)
        {
            try
            {
                credentials = material.Read(row);
                _unreadable.Remove(row.KeyId);
            }
            catch (Exception exception)
            {
                if (_unreadable.Add(row.KeyId))
                    logger.LogError("The signing key in the row {Id} cannot be read and is left out: {Fault}", row.Id,
                        exception.GetType().Name);
            }
        }

        return credentials is null ? null
            : new RingKey(row.KeyId, row.Algorithm, row.SignsFrom, row.SignsUntil, row.ProtectedKey, credentials);
    }
}
