using Microsoft.IdentityModel.Tokens;

namespace Authly.Infrastructure.Keys;

/// <summary>A key as a row of the database describes it, ready to sign.</summary>
internal sealed record RingKey(
    string KeyId, string Algorithm, DateTime SignsFrom, DateTime SignsUntil, string ProtectedKey, SigningCredentials Credentials);

/// <summary>
/// The signing keys, in memory: a snapshot that is replaced as a whole, so that no request waits for the database for them.
/// </summary>
internal sealed class SigningKeyRing(TimeProvider time)
{
    private volatile IReadOnlyList<RingKey> _current = [];
    private volatile IReadOnlyList<RingKey> _configured = [];

    /// <summary>The keys that sign, in the order in which they begin to.</summary>
    public IReadOnlyList<RingKey> Current => _current;

    /// <summary>The keys that OpenIddict's options are built from: a candidate, until it has proven itself.</summary>
    public IReadOnlyList<RingKey> Configured => _configured;

    /// <summary>The key of an algorithm that signs now: the last that has begun. If this clock is behind, the first.</summary>
    public SigningCredentials Active(string algorithm)
    {
        var now = time.GetUtcNow().UtcDateTime;
        RingKey? active = null;
        foreach (var key in _current)
        {
            if (key.Algorithm == algorithm && (active is null || key.SignsFrom <= now))
                active = key;
        }

        return active!.Credentials;
    }

    /// <summary>
    /// Publishes keys before they sign: options are built from them and put in place, and only then is anything signed by them.
    /// </summary>
    public void Replace(IReadOnlyList<RingKey> candidate, Action build)
    {
        _configured = candidate;
        try
        {
            build();
            _current = candidate;
        }
        finally
        {
            _configured = _current;
        }
    }
}
