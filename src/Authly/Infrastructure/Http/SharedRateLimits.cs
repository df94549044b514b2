using System.Threading.RateLimiting;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using StackExchange.Redis;

namespace Authly.Infrastructure.Http;

/// <summary>
/// Asks Redis, and not for long: a circuit breaker. After a question without an answer each instance counts for itself, and asks again
/// with one request every few seconds, so that a Redis that hangs costs a moment once in a while and not once a request. Nothing that keeps
/// an attacker out depends on it.
/// </summary>
internal sealed class SharedRateLimits(Redis redis, AuthlyOptions options, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    // When it may be asked again, in ticks of the monotonic clock; zero while it answers.
    private long _openUntil;

    /// <summary>The connection; null until there is one.</summary>
    public IConnectionMultiplexer? Connection => redis.ConnectAsync() is { IsCompletedSuccessfully: true } made ? made.Result : null;

    public bool IsThere => Connection is not null && (Volatile.Read(ref _openUntil) is var until && (until == 0 || IsOver(until)));

    /// <summary>What Redis says; null where it did not answer, or is not to be asked now.</summary>
    public async ValueTask<RateLimitLease?> AskAsync(Lazy<RateLimiter> limiter)
    {
        var until = Volatile.Read(ref _openUntil);
        if (Connection is not { IsConnected: true } || (until != 0 && !IsOver(until)))
            return null;
        // Of all that come at once, one tries whether it answers again.
        if (until != 0 && Interlocked.CompareExchange(ref _openUntil, Later(), until) != until)
            return null;
        try
        {
            var lease = await limiter.Value.AcquireAsync(1).AsTask().WaitAsync(options.RateLimits.RedisTimeout, time);
            Volatile.Write(ref _openUntil, 0);
            return lease;
        }
        catch (Exception)
        {
            // Whatever it is, no request fails for it: this instance counts by itself.
            Volatile.Write(ref _openUntil, Later());
            return null;
        }
    }

    private bool IsOver(long until) => time.GetTimestamp() >= until;

    private long Later() => time.GetTimestamp() + (long)(Pause.TotalSeconds * time.TimestampFrequency);
}
