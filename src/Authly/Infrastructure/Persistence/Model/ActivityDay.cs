namespace Authly.Infrastructure.Persistence;

internal enum ActivityKind
{
    Person,
    Client,
}

/// <summary>That a person or client signed in or got a token on a day.</summary>
internal sealed class ActivityDay
{
    /// <summary>UTC, counted from 0001-01-01.</summary>
    public int Day { get; init; }

    public ActivityKind Kind { get; init; }

    public required string Subject { get; init; }
}
