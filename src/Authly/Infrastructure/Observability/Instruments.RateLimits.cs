using System.Diagnostics.Metrics;

namespace Authly.Infrastructure.Observability;

/// <content>Rate limits.</content>
internal sealed partial class Instruments
{
    private readonly Counter<long> _rateLimitHits;

    public void RateLimitHit(RateLimitedEndpoint endpoint, RateLimitBackend backend) => _rateLimitHits.Add(
        1, Tag("endpoint", Label<RateLimitedEndpoint>.Of(endpoint)), Tag("backend", Label<RateLimitBackend>.Of(backend)));
}

/// <summary>What a rate limit counts as one: an endpoint of the protocol, or pages of one purpose.</summary>
internal enum RateLimitedEndpoint
{
    Authorization,
    Token,
    Introspection,
    Revocation,
    Userinfo,
    EndSession,
    SignIn,
    Password,
    Administration,
    Metrics,
}

/// <summary>Who counted: Redis for all instances, or this one for itself.</summary>
internal enum RateLimitBackend
{
    Memory,
    Redis,
}
