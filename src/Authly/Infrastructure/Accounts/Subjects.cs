namespace Authly.Infrastructure.Accounts;

/// <summary>
/// The one place where a person's <c>sub</c> is made. It is public: the same for every client (OpenID Connect Core §8). A client's own
/// <c>sub</c> is its id (RFC 9068 §2.2), which is no UUID of a person.
/// </summary>
internal static class Subjects
{
    /// <summary>The <c>sub</c> that a client knows a person by.</summary>
    /// <param name="clientId">Who is told: pairwise subjects would depend on it.</param>
    public static string Of(Guid userId, string clientId)
    {
        _ = clientId;
        return userId.ToString();
    }

    /// <summary>The person behind a <c>sub</c> that was made here; null for a client's.</summary>
    public static Guid? UserOf(string? subject) => Guid.TryParse(subject, out var id) ? id : null;
}
