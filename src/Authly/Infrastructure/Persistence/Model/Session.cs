namespace Authly.Infrastructure.Persistence;

/// <summary>
/// A person's sign-in at this server with one browser; it is over when its row is gone, its time is up or its password is not the current
/// one.
/// </summary>
internal sealed class Session
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public Guid UserId { get; init; }

    /// <summary>The version of the password that was proven.</summary>
    public int PasswordVersion { get; init; }

    /// <summary>The <c>amr</c> values, separated by spaces (RFC 8176).</summary>
    public required string AuthenticationMethods { get; init; }

    /// <summary>The <c>acr</c> that the methods reach (OpenID Connect Core §2).</summary>
    public required string AuthenticationLevel { get; init; }

    /// <summary>
    /// Rises each time that the person proves the password anew: a cookie from before is then worthless, and whoever copied it has nothing.
    /// </summary>
    public int Renewals { get; init; }

    public DateTime AuthenticatedAt { get; init; }

    public DateTime ExpiresAt { get; init; }
}
