namespace Authly.Infrastructure.Persistence;

/// <summary>That a value was used; needed until the value is refused for its age.</summary>
internal sealed class OneTimeValue
{
    /// <summary>The hash of what it was used for and of the value.</summary>
    public required string Key { get; init; }

    public DateTime ExpiresAt { get; init; }
}
