namespace Authly.Infrastructure.Protocol;

/// <summary>
/// What a client or person is told when a request is not granted: the error code, why, and how HTTP carries it. RFC 6749 §5.2.
/// </summary>
/// <param name="Error">The specifications' code.</param>
/// <param name="Description">Helps the developer who reads it and tells an attacker nothing.</param>
/// <param name="Status">The HTTP status.</param>
internal sealed record Refusal(ProtocolError Error, string Description, int Status = StatusCodes.Status400BadRequest)
{
    /// <summary>When it may be tried again (RFC 9110 §10.2.3); null where trying again does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The limit that was reached; null where it was none.</summary>
    public RateLimitPolicy? RateLimit { get; init; }

    /// <summary>How to authenticate (<c>WWW-Authenticate</c>, RFC 9110 §11.6.1).</summary>
    public string? Challenge { get; init; }

    /// <summary>What is wrong with which member of what was sent, where that is known.</summary>
    public IReadOnlyList<WrongMember> Members { get; init; } = [];

    public static Refusal Invalid(string description, int status = StatusCodes.Status400BadRequest) =>
        new(ProtocolError.InvalidRequest, description, status);

    /// <summary>What is wrong with one member of what was sent.</summary>
    public static Refusal Wrong(string member, string detail) =>
        Invalid($"{member} {detail}") with { Members = [new WrongMember(member, $"{member} {detail}")] };

    /// <summary>What an administrator would change is another one by now than what they read.</summary>
    public static Refusal Changed { get; } =
        Invalid("Somebody else has just changed it.", StatusCodes.Status412PreconditionFailed);

    /// <summary>What an administrator named is not there.</summary>
    /// <param name="what">As in <c>client</c>.</param>
    public static Refusal Missing(string what) => Invalid($"There is no such {what}.", StatusCodes.Status404NotFound);

    /// <summary>A client that fails to authenticate; how it may is said by the challenge (RFC 6749 §5.2).</summary>
    public static Refusal NoSuchClient(string description) =>
        new(ProtocolError.InvalidClient, description, StatusCodes.Status401Unauthorized) { Challenge = "Basic realm=\"Authly\"" };

    /// <summary>A token that does not allow what was asked for (RFC 6750 §3.1).</summary>
    /// <param name="scopes">What it would have to hold.</param>
    public static Refusal InsufficientScope(IEnumerable<string> scopes) =>
        new(ProtocolError.InsufficientScope, $"The token does not hold: {string.Join(' ', scopes)}.", StatusCodes.Status403Forbidden)
        {
            Challenge = $"Bearer realm=\"Authly\", error=\"insufficient_scope\", scope=\"{string.Join(' ', scopes)}\"",
        };

    /// <summary>More wait for the same work than the server may do at once.</summary>
    public static Refusal Overloaded { get; } =
        Away("The server has more of this work than it may do at once. Try again in a few seconds.");

    /// <summary>The database cannot be reached, or did not answer in time.</summary>
    public static Refusal DatabaseAway { get; } = Away("The server cannot answer at the moment. Try again in a few seconds.");

    /// <summary>More than one client or address may ask within a time (RFC 6585 §4).</summary>
    public static Refusal TooMany(RateLimitPolicy reached, TimeSpan retryAfter) =>
        new(ProtocolError.TemporarilyUnavailable, "These were too many requests. Try again later.", StatusCodes.Status429TooManyRequests)
        {
            RateLimit = reached,
            RetryAfter = retryAfter,
        };

    /// <summary>A bug of ours. There is no <see cref="RetryAfter"/>: the same request would meet it again.</summary>
    public static Refusal Bug { get; } =
        new(ProtocolError.ServerError, "The server met a fault of its own.", StatusCodes.Status500InternalServerError);

    private static Refusal Away(string description) =>
        new(ProtocolError.TemporarilyUnavailable, description,
            StatusCodes.Status503ServiceUnavailable)
        { RetryAfter = TimeSpan.FromSeconds(2) };
}

/// <param name="Member">Its name, as it stands in JSON or in the query.</param>
internal sealed record WrongMember(string Member, string Detail);

/// <summary>So many requests within a time, as <c>RateLimit-Policy</c> says it (draft-ietf-httpapi-ratelimit-headers).</summary>
internal sealed record RateLimitPolicy(string Name, int Quota, TimeSpan Window);

/// <summary>Carries a refusal to the one place that turns exceptions into answers.</summary>
internal sealed class RefusedException(Refusal refusal) : Exception(refusal.Description)
{
    public Refusal Refusal { get; } = refusal;
}
