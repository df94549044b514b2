using System.Globalization;

namespace Authly.Infrastructure.Persistence;

/// <summary>A person who can sign in.</summary>
internal sealed class User
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required string Username { get; set; }

    /// <summary>The username as it is looked up, prepared by RFC 8265.</summary>
    public required string NormalizedUsername { get; set; }

    /// <summary>A PHC string.</summary>
    public required string PasswordHash { get; set; }

    /// <summary>
    /// Rises with each new password. What was proven with an older one, a session or a one-time password's form, is worth nothing.
    /// </summary>
    public int PasswordVersion { get; set; }

    /// <summary>The password was made by the server and must be replaced at the first sign-in.</summary>
    public bool PasswordIsOneTime { get; set; }

    public bool IsAdministrator { get; set; }

    public bool IsDisabled { get; set; }

    /// <summary>The claims that this person has, of OpenID Connect Core §5.1 and of one's own, a JSON object.</summary>
    public string Claims { get; set; } = "{}";

    /// <summary>The groups that the person is in, a JSON array of their names.</summary>
    public string Groups { get; set; } = "[]";

    public DateTime CreatedAt { get; init; }

    public DateTime UpdatedAt { get; set; }

    /// <summary>Another one after each change.</summary>
    public string Version => UpdatedAt.Ticks.ToString("x", CultureInfo.InvariantCulture);
}
