namespace Authly.Infrastructure.Persistence;

/// <summary>A person who can sign in.</summary>
internal sealed class User
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required string Username { get; set; }

    /// <summary>The username as it is looked up: trimmed, upper case.</summary>
    public required string NormalizedUsername { get; set; }

    /// <summary>A PHC string.</summary>
    public required string PasswordHash { get; set; }

    /// <summary>The password was made by the server and must be replaced at the first sign-in.</summary>
    public bool PasswordIsOneTime { get; set; }

    public bool IsAdministrator { get; set; }

    public bool IsDisabled { get; set; }

    /// <summary>The standard claims of OpenID Connect Core §5.1 that this person has, a JSON object.</summary>
    public string Claims { get; set; } = "{}";

    public DateTime CreatedAt { get; init; }

    public DateTime UpdatedAt { get; set; }
}

/// <summary>A person's sign-in at this server with one browser; it is over when its row is gone or its time is up.</summary>
internal sealed class Session
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public Guid UserId { get; init; }

    public DateTime AuthenticatedAt { get; init; }

    public DateTime ExpiresAt { get; init; }
}

/// <summary>What a person has allowed a client, remembered until the person takes it back.</summary>
internal sealed class Consent
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public Guid UserId { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Scope names, separated by spaces.</summary>
    public required string Scopes { get; set; }

    public DateTime GrantedAt { get; set; }
}

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

    /// <summary>How long after its last signature it must stand in JWKS: the longest life of what it signed, and the clocks' difference.</summary>
    public TimeSpan Retention { get; set; }

    public DateTime PublishedUntil => SignsUntil + Retention;
}
