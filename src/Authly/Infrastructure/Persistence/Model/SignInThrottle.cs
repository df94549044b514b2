namespace Authly.Infrastructure.Persistence;

/// <summary>Failed tries to sign in, of one account, one browser or one address.</summary>
internal sealed class SignInThrottle
{
    /// <summary>A SHA-256 of whose they are: no name and no address stands here.</summary>
    public required string Key { get; init; }

    public int Failures { get; set; }

    /// <summary>Until when no further try is made: milliseconds of Unix time, with which either database calculates.</summary>
    public long WaitsUntil { get; set; }

    /// <summary>When all is forgotten, in the same.</summary>
    public long ExpiresAt { get; set; }
}
