namespace Authly.Infrastructure.Persistence;

/// <summary>A private key that signs tokens; protected by Data Protection.</summary>
internal sealed class SigningKey
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The <c>kid</c>: the RFC 7638 thumbprint.</summary>
    public required string KeyId { get; init; }

    /// <summary>The JWS algorithm: ES256 or RS256.</summary>
    public required string Algorithm { get; init; }

    public required string ProtectedKey { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime SignsFrom { get; set; }

    /// <summary>When its successor takes over: known when that is announced, planned before.</summary>
    public DateTime SignsUntil { get; set; }

    /// <summary>
    /// How long after its last signature it must stand in JWKS: the longest life of what it signed, and the clocks' difference.
    /// </summary>
    public TimeSpan Retention { get; set; }

    public DateTime PublishedUntil => SignsUntil + Retention;
}
