namespace Authly.Infrastructure.Configuration;

/// <summary>The section <c>Authly</c> of the configuration; every setting is described in <c>docs/configuration.md</c>.</summary>
internal sealed class AuthlyOptions
{
    public const string Section = "Authly";

    /// <summary>The one URL that clients know this server by (<c>iss</c>). Never taken from a request.</summary>
    public string? Issuer { get; set; }

    /// <summary>The issuer's path, below which everything is served: empty where it has none.</summary>
    public PathString PathBase => new(new Uri(Issuer!).AbsolutePath.TrimEnd('/'));

    public bool IsHttps => Issuer!.StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Where the embedded database lives; relative to the current folder unless absolute.</summary>
    public string DataFolder { get; set; } = "data";

    public EncryptionOptions KeyEncryption { get; set; } = new();

    public KeyOptions Keys { get; set; } = new();

    public LifetimeOptions Lifetimes { get; set; } = new();

    /// <summary>
    /// Whether a request that is plainly right is granted by a short way; every doubt goes the long way in any case.
    /// </summary>
    public bool PlainGrants { get; set; } = true;

    public PruningOptions Pruning { get; set; } = new();

    public PasswordOptions Passwords { get; set; } = new();

    public SignInOptions SignIn { get; set; } = new();

    public RateLimitOptions RateLimits { get; set; } = new();

    public AuditOptions Audit { get; set; } = new();

    /// <summary>
    /// Addresses and networks (<c>10.0.0.0/8</c>) of the proxies whose <c>X-Forwarded-For</c> is believed; by default none.
    /// </summary>
    public IList<string> TrustedProxies { get; } = [];

    public MetricsOptions Metrics { get; set; } = new();

    public SeedOptions Seed { get; set; } = new();

    /// <summary>How long a start waits for the database before it gives up.</summary>
    public TimeSpan DatabaseStartupTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a server that was asked to stop says that it is not ready, and goes on serving, before it stops: load balancers need the
    /// time to look elsewhere. Null: none in Development, else 5 seconds.
    /// </summary>
    public TimeSpan? ShutdownDelay { get; set; }

    /// <summary>How long a change of a client or scope can stay unseen when the database's notification of it was lost.</summary>
    public TimeSpan RegistrationsMaximumAge { get; set; } = TimeSpan.FromSeconds(30);
}

internal sealed class LifetimeOptions
{
    public TimeSpan AuthorizationCode { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan AccessToken { get; set; } = TimeSpan.FromMinutes(15);

    public TimeSpan IdToken { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an unused refresh token lives.</summary>
    public TimeSpan RefreshTokenIdle { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long after sign-in refreshing ends, however often it was done.</summary>
    public TimeSpan RefreshTokenAbsolute { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How long a refresh token that was just used is answered with the one that replaced it, instead of ending the family. Zero: each is
    /// good for one use.
    /// </summary>
    public TimeSpan RefreshTokenGrace { get; set; }

    /// <summary>How long a person stays signed in at this server.</summary>
    public TimeSpan Session { get; set; } = TimeSpan.FromHours(10);
}

/// <summary>How what has expired leaves the database.</summary>
internal sealed class PruningOptions
{
    /// <summary>How often one of the instances looks for expired rows.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a row stays after it has expired: more than the clocks of instances differ, so that no clock finds a living one gone.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>Argon2id's parameters (RFC 9106) and the bounds of the work that sign-ins may cause.</summary>
internal sealed class PasswordOptions
{
    public int MemoryKiB { get; set; } = 19456;

    public int Passes { get; set; } = 2;

    /// <summary>Threads that hash, and so the most processors that sign-ins can take.</summary>
    public int Threads { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Sign-ins that may wait; one more is answered 503.</summary>
    public int QueueLength { get; set; } = 64;

    /// <summary>How long one may wait.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class SeedOptions
{
    /// <summary>A JSON file with clients, scopes and users, applied when it has changed since the last start.</summary>
    public string? File { get; set; }
}
