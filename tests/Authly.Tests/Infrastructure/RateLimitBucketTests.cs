using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;

namespace Authly.Tests.Infrastructure;

/// <summary>A bucket by itself, as the platform's limiter handles it.</summary>
public sealed class RateLimitBucketTests
{
    [Fact]
    public void A_bucket_that_is_forgotten_while_a_request_asks_Redis_still_counts_for_that_request()
    {
        var key = new RateLimitKey(RateLimitedEndpoint.Token, IsClient: false, "192.0.2.1");
        var bucket = new RateLimitBucket(key, quota: 1, TimeSpan.FromMinutes(1), shared: null);
        // Whoever counts by Redis alone leaves it full, so that it is forgotten under load too.
        bucket.Dispose();
        using var first = bucket.AttemptAcquire();
        using var second = bucket.AttemptAcquire();
        Assert.Equal((true, false), (first.IsAcquired, second.IsAcquired));
    }
}
