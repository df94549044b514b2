using System.Threading.RateLimiting;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using RedisRateLimiting;

namespace Authly.Infrastructure.Http;

/// <summary>What one bucket is for; Redis knows it by this name.</summary>
internal readonly record struct RateLimitKey(RateLimitedEndpoint Endpoint, bool IsClient, string Of)
{
    public override string ToString() => $"authly:{Label<RateLimitedEndpoint>.Of(Endpoint)}:{(IsClient ? "client" : "address")}:{Of}";
}

/// <summary>
/// A bucket of tokens that fills evenly: that of all instances where Redis answers, else this instance's own. The platform's parts count;
/// this one chooses between them.
/// </summary>
internal sealed class RateLimitBucket : RateLimiter
{
    private readonly RateLimitPolicy _policy;
    private readonly SharedRateLimits? _shared;

    // Race: the platform forgets and disposes what is full, also while a request asks Redis and may have to count here after all. It has
    // neither a timer nor anybody who waits, so there is nothing to dispose of.
    private readonly TokenBucketRateLimiter _memory;
    private readonly Lazy<RateLimiter>? _redis;

    public RateLimitBucket(RateLimitKey key, int quota, TimeSpan window, SharedRateLimits? shared)
    {
        _policy = new RateLimitPolicy(Label<RateLimitedEndpoint>.Of(key.Endpoint), quota, window);
        _shared = shared;
        // As small steps as whole tokens allow, a tenth of a second at least.
        var tokens = (int)Math.Ceiling(quota * 0.1 / window.TotalSeconds);
        var period = window * tokens / quota;
        _memory = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = quota,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = period,
            AutoReplenishment = false,
        });
        if (shared is null)
            return;
        _redis = new Lazy<RateLimiter>(() => new RedisTokenBucketRateLimiter<RateLimitKey>(key, new RedisTokenBucketRateLimiterOptions
        {
            TokenLimit = quota,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = period,
            ConnectionMultiplexerFactory = () => shared.Connection!,
        }));
    }

    /// <summary>Null while it is in use. A full one is like one that was never used, and is forgotten.</summary>
    public override TimeSpan? IdleDuration
    {
        get
        {
            _memory.TryReplenish();
            return _memory.IdleDuration;
        }
    }

    public override RateLimiterStatistics? GetStatistics() => _memory.GetStatistics();

    /// <summary>Refuses without counting where Redis is to be asked: the caller comes again by the other way.</summary>
    protected override RateLimitLease AttemptAcquireCore(int permitCount) =>
        _shared is { IsThere: true } ? new RateLimitDecision(isAcquired: false, _policy, default, RateLimitBackend.Redis)
            : OfMemory(permitCount);

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        if (_shared is null || await _shared.AskAsync(_redis!) is not { } lease)
            return OfMemory(permitCount);
        var wait = lease.TryGetMetadata(RateLimitMetadataName.RetryAfter, out var seconds) ? TimeSpan.FromSeconds(seconds) : default;
        return new RateLimitDecision(lease.IsAcquired, _policy, wait, RateLimitBackend.Redis);
    }

    private RateLimitDecision OfMemory(int permitCount)
    {
        _memory.TryReplenish();
        using var lease = _memory.AttemptAcquire(permitCount);
        return new RateLimitDecision(lease.IsAcquired, _policy,
            lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : default, RateLimitBackend.Memory);
    }
}

/// <summary>Whether a request may go on, who counted, and when else to come again.</summary>
internal sealed class RateLimitDecision(bool isAcquired, RateLimitPolicy policy, TimeSpan wait, RateLimitBackend backend) : RateLimitLease
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    public override bool IsAcquired { get; } = isAcquired;

    public override IEnumerable<string> MetadataNames => [];

    public RateLimitBackend Backend { get; } = backend;

    public Refusal Refusal => Refusal.TooMany(policy, wait > Least ? wait : Least);

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = null;
        return false;
    }
}
