using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Keys;

/// <summary>
/// When which key signs. The rows alone decide, so that all instances agree whatever their settings are: of an algorithm's keys the one
/// signs that began last; the next is announced in time; one that no longer signs stands in JWKS until the last token by it has expired.
/// </summary>
internal sealed class SigningKeySchedule(AuthlyOptions authly)
{
    private readonly KeyOptions _options = authly.Keys;

    /// <summary>
    /// How often instances look for changes: the bound within which they notice one, always well within the announcement.
    /// </summary>
    public TimeSpan Poll { get; } = TimeSpan.FromMilliseconds(Math.Clamp(authly.Keys.Announced.TotalMilliseconds / 8, 100, 10_000));

    private TimeSpan Retention { get; } = Longest(authly.Lifetimes.AccessToken, authly.Lifetimes.IdToken) + authly.Keys.ClockSkew;

    public bool IsAnythingDue(IReadOnlyCollection<SigningKey> keys, DateTime now) =>
        WithoutSuccessor(keys, now).Any() || Expired(keys, now).Any() || keys.Any(key => IsTooShort(key, now));

    /// <summary>The algorithms that need a new key now, so early that every instance publishes it for the whole announcement.</summary>
    public IEnumerable<string> WithoutSuccessor(IReadOnlyCollection<SigningKey> keys, DateTime now) =>
        SigningKeyMaterial.Algorithms.Where(algorithm =>
        Newest(keys, algorithm) is not { } newest || newest.SignsUntil - _options.Announced - (2 * Poll) <= now);

    public static IEnumerable<SigningKey> Expired(IReadOnlyCollection<SigningKey> keys, DateTime now) =>
        keys.Where(key => key.PublishedUntil <= now && key != Newest(keys, key.Algorithm));

    /// <summary>Tokens may live longer since the key was made.</summary>
    public void Lengthen(IEnumerable<SigningKey> keys, DateTime now)
    {
        foreach (var key in keys.Where(key => IsTooShort(key, now)))
            key.Retention = Retention;
    }

    /// <summary>
    /// Lets a new key take over when the newest one ends, or after the announcement if that is later. The first of all signs at once.
    /// </summary>
    public void Succeed(IReadOnlyCollection<SigningKey> keys, SigningKey successor, DateTime now)
    {
        var newest = Newest(keys, successor.Algorithm);
        var planned = newest?.SignsUntil ?? now;
        Begin(successor, newest is null || planned > now + _options.Announced ? planned : now + _options.Announced);
        if (newest is not null)
            newest.SignsUntil = successor.SignsFrom;
    }

    /// <summary>
    /// Lets a new key take over after the announcement, whatever was planned; returns the announced keys that now never sign.
    /// </summary>
    public IReadOnlyList<SigningKey> Replace(IReadOnlyCollection<SigningKey> keys, SigningKey successor, DateTime now)
    {
        Begin(successor, now + _options.Announced);
        var others = keys.Where(key => key.Algorithm == successor.Algorithm).ToLookup(key => key.SignsFrom >= successor.SignsFrom);
        foreach (var key in others[false]
            .Where(key => key.SignsUntil > successor.SignsFrom || key == Newest(others[false].ToList(), key.Algorithm)))
        {
            key.SignsUntil = successor.SignsFrom;
        }

        return [.. others[true]];
    }

    public void Begin(SigningKey key, DateTime from) =>
        (key.SignsFrom, key.SignsUntil, key.Retention) = (from, from + _options.Active, Retention);

    public static SigningKeyState StateOf(SigningKey key, IReadOnlyCollection<SigningKey> keys, DateTime now)
    {
        var own = keys.Where(other => other.Algorithm == key.Algorithm).OrderBy(other => other.SignsFrom).ToList();
        var active = own.LastOrDefault(other => other.SignsFrom <= now) ?? own[0];
        return key == active ? SigningKeyState.Active : key.SignsFrom > active.SignsFrom ? SigningKeyState.Announced
            : SigningKeyState.Retired;
    }

    private static SigningKey? Newest(IEnumerable<SigningKey> keys, string algorithm) =>
        keys.Where(key => key.Algorithm == algorithm).MaxBy(key => key.SignsFrom);

    private bool IsTooShort(SigningKey key, DateTime now) => key.Retention < Retention && key.SignsUntil > now;

    private static TimeSpan Longest(TimeSpan left, TimeSpan right) => left > right ? left : right;
}

internal enum SigningKeyState
{
    Announced,
    Active,
    Retired,
}
