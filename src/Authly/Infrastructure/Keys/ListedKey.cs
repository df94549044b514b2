using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Keys;

/// <summary>A signing key as whoever runs the server sees it; times are UTC.</summary>
internal sealed record ListedKey(string Kid, string Alg, string State, DateTime SignsFrom, DateTime SignsUntil, DateTime PublishedUntil)
{
    public static IReadOnlyList<ListedKey> Of(IReadOnlyCollection<SigningKey> keys, DateTime now) =>
    [
        .. keys.OrderBy(key => key.Algorithm, StringComparer.Ordinal).ThenBy(key => key.SignsFrom).Select(key => new ListedKey(
            key.KeyId, key.Algorithm, SigningKeySchedule.StateOf(key, keys, now).ToString().ToLowerInvariant(),
            key.SignsFrom, key.SignsUntil, key.PublishedUntil)),
    ];
}
