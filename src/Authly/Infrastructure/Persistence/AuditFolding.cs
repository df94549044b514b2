using System.Net;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Bounds what strangers can make the audit log write: token buckets, one for each kind of event and network, one for all that is
/// critical, and one for all else, so that a flood hides no theft. What finds no token is counted, and the next row of its kind and
/// network says how many. Threat: the account and the client do not matter here, else the time would tell which of them exist.
/// </summary>
internal sealed class AuditFolding(TimeProvider time)
{
    private const int MostOfNetwork = 100;
    private const double NetworkPerSecond = 0.1;
    private const int MostOfAll = 1000;
    private const double AllPerSecond = 1;
    private const int MostRemembered = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(SecurityEventType Type, string Network), Bucket> _buckets = [];
    private readonly Bucket _critical = new(MostOfAll, time.GetTimestamp());
    private readonly Bucket _others = new(MostOfAll, time.GetTimestamp());

    /// <param name="folded">How many did not pass since the last that did.</param>
    public bool TryPass(SecurityEvent happened, IPAddress? address, out int folded)
    {
        var (type, all) = (happened.Type, happened.Severity == Severity.Critical ? _critical : _others);
        lock (_lock)
        {
            if (_buckets.Count >= MostRemembered)
                _buckets.Clear();
            // Whoever must wait may not learn it from the time either.
            var kind = type == SecurityEventType.SignInThrottled ? SecurityEventType.SignInFailed : type;
            var key = (kind, NetworkAddress.NetworkOf(address) ?? "");
            if (!_buckets.TryGetValue(key, out var bucket))
                _buckets[key] = bucket = new Bucket(MostOfNetwork, time.GetTimestamp());
            Fill(bucket, MostOfNetwork, NetworkPerSecond);
            Fill(all, MostOfAll, AllPerSecond);
            folded = bucket.Folded;
            if (bucket.Tokens < 1 || all.Tokens < 1)
            {
                bucket.Folded++;
                return false;
            }

            bucket.Tokens--;
            all.Tokens--;
            bucket.Folded = 0;
            return true;
        }
    }

    private void Fill(Bucket bucket, int most, double perSecond)
    {
        var now = time.GetTimestamp();
        bucket.Tokens = Math.Min(most, bucket.Tokens + (time.GetElapsedTime(bucket.FilledAt, now).TotalSeconds * perSecond));
        bucket.FilledAt = now;
    }

    private sealed class Bucket(double tokens, long filledAt)
    {
        public double Tokens { get; set; } = tokens;

        public long FilledAt { get; set; } = filledAt;

        public int Folded { get; set; }
    }
}
