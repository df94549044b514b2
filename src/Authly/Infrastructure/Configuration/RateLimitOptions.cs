using FluentValidation;

namespace Authly.Infrastructure.Configuration;

/// <summary>
/// How much one address, or one client that has proven who it is, may ask of an endpoint. Generous: whoever stands behind one proxy or
/// network address translation shares an address.
/// </summary>
internal sealed class RateLimitOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>How long Redis may take to answer before this instance counts for itself.</summary>
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromMilliseconds(50);

    public RateLimitBudget Authorization { get; set; } = new() { PerAddress = 6_000 };

    public RateLimitBudget Token { get; set; } = new() { PerAddress = 60_000, PerClient = 60_000 };

    public RateLimitBudget Introspection { get; set; } = new() { PerAddress = 120_000, PerClient = 120_000 };

    public RateLimitBudget Revocation { get; set; } = new() { PerAddress = 6_000, PerClient = 6_000 };

    public RateLimitBudget UserInfo { get; set; } = new() { PerAddress = 60_000 };

    public RateLimitBudget EndSession { get; set; } = new() { PerAddress = 6_000 };

    /// <summary>The pages of sign-in, consent and sign-out.</summary>
    public RateLimitBudget SignIn { get; set; } = new() { PerAddress = 3_000 };

    /// <summary>The page that changes a password.</summary>
    public RateLimitBudget Password { get; set; } = new() { PerAddress = 300 };

    /// <summary>The administration API, its tokens right or wrong.</summary>
    public RateLimitBudget Administration { get; set; } = new() { PerAddress = 6_000 };

    /// <summary>Several Prometheis that scrape once a second from one address are far below it.</summary>
    public RateLimitBudget Metrics { get; set; } = new() { PerAddress = 200, Window = TimeSpan.FromSeconds(10) };
}

/// <summary>A bucket of tokens that fills again evenly within the window. Zero: no limit.</summary>
internal sealed class RateLimitBudget
{
    public int PerAddress { get; set; }

    /// <summary>For clients that have authenticated. Threat: anybody can name a client, and would use up what is its.</summary>
    public int PerClient { get; set; }

    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);
}

internal sealed class RateLimitOptionsValidator : AbstractValidator<RateLimitOptions>
{
    private const int Most = 100_000_000;

    private static readonly string[] ClientsProveThemselvesAt =
        [nameof(RateLimitOptions.Token), nameof(RateLimitOptions.Introspection), nameof(RateLimitOptions.Revocation)];

    public RateLimitOptionsValidator()
    {
        RuleFor(options => options.RedisTimeout).InclusiveBetween(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1))
            .WithMessage("Authly:RateLimits:RedisTimeout must be at least a millisecond and at most a second");
        foreach (var (setting, value) in new (string, Func<RateLimitOptions, RateLimitBudget>)[]
        {
            (nameof(RateLimitOptions.Authorization), options => options.Authorization),
            (nameof(RateLimitOptions.Token), options => options.Token),
            (nameof(RateLimitOptions.Introspection), options => options.Introspection),
            (nameof(RateLimitOptions.Revocation), options => options.Revocation),
            (nameof(RateLimitOptions.UserInfo), options => options.UserInfo),
            (nameof(RateLimitOptions.EndSession), options => options.EndSession),
            (nameof(RateLimitOptions.SignIn), options => options.SignIn),
            (nameof(RateLimitOptions.Password), options => options.Password),
            (nameof(RateLimitOptions.Administration), options => options.Administration),
            (nameof(RateLimitOptions.Metrics), options => options.Metrics),
        })
        {
            RuleFor(options => options).Must(options => value(options) is { PerAddress: >= 0 and <= Most, PerClient: >= 0 and <= Most })
                .WithMessage($"Authly:RateLimits:{setting}: PerAddress and PerClient must be from 0 (no limit) to {Most}");
            RuleFor(options => options).Must(options => value(options).Window is { TotalSeconds: >= 1 and <= 3600 })
                .WithMessage($"Authly:RateLimits:{setting}:Window must be at least a second and at most an hour");
            if (!ClientsProveThemselvesAt.Contains(setting))
                RuleFor(options => options).Must(options => value(options).PerClient == 0)
                    .WithMessage($"Authly:RateLimits:{setting}:PerClient does nothing: no client authenticates there");
        }
    }
}
