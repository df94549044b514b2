using FluentValidation;

namespace Authly.Infrastructure.Configuration;

internal sealed class LifetimeOptionsValidator : AbstractValidator<LifetimeOptions>
{
    public LifetimeOptionsValidator()
    {
        foreach (var (setting, value, most) in new (string, Func<LifetimeOptions, TimeSpan>, TimeSpan)[]
        {
            (nameof(LifetimeOptions.AuthorizationCode), options => options.AuthorizationCode, TimeSpan.FromMinutes(10)),
            (nameof(LifetimeOptions.AccessToken), options => options.AccessToken, TimeSpan.FromDays(1)),
            (nameof(LifetimeOptions.IdToken), options => options.IdToken, TimeSpan.FromDays(1)),
            (nameof(LifetimeOptions.RefreshTokenIdle), options => options.RefreshTokenIdle, TimeSpan.FromDays(3650)),
            (nameof(LifetimeOptions.RefreshTokenAbsolute), options => options.RefreshTokenAbsolute, TimeSpan.FromDays(3650)),
            (nameof(LifetimeOptions.Session), options => options.Session, TimeSpan.FromDays(365)),
        })
        {
            RuleFor(options => options).Must(options => value(options) > TimeSpan.Zero && value(options) <= most)
                .WithMessage($"Authly:Lifetimes:{setting} must be more than zero and at most {most}");
        }

        RuleFor(options => options.RefreshTokenGrace).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromMinutes(1))
            .WithMessage("Authly:Lifetimes:RefreshTokenGrace must be from zero to a minute");
    }
}

internal sealed class KeyOptionsValidator : AbstractValidator<KeyOptions>
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromDays(3650);

    public KeyOptionsValidator()
    {
        RuleFor(options => options.Active).InclusiveBetween(Least, Most)
            .WithMessage($"Authly:Keys:Active must be at least a second and at most {Most}");
        RuleFor(options => options.Announced).InclusiveBetween(Least, Most)
            .WithMessage($"Authly:Keys:Announced must be at least a second and at most {Most}");
        RuleFor(options => options.Announced).LessThanOrEqualTo(options => options.Active).WithMessage(options =>
            $"Authly:Keys:Announced ({options.Announced}) must not be more than Authly:Keys:Active ({options.Active}): "
            + "a key would have to be announced before the one before it");
        RuleFor(options => options.ClockSkew).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromHours(1))
            .WithMessage("Authly:Keys:ClockSkew must be from zero to an hour");
    }
}

internal sealed class PasswordOptionsValidator : AbstractValidator<PasswordOptions>
{
    public PasswordOptionsValidator()
    {
        RuleFor(options => options).Must(options => options is
        {
            MemoryKiB: >= 8 and <= 4_194_304, Passes: >= 1 and <= 100, Threads: >= 1 and <= 256, QueueLength: >= 1 and <= 100_000,
        }).WithMessage("Authly:Passwords is out of bounds: "
            + "MemoryKiB 8 to 4194304, Passes 1 to 100, Threads 1 to 256, QueueLength 1 to 100000");
        RuleFor(options => options.Deadline).GreaterThan(TimeSpan.Zero).WithMessage("Authly:Passwords:Deadline must be more than zero");
    }
}

internal sealed class SignInOptionsValidator : AbstractValidator<SignInOptions>
{
    public SignInOptionsValidator()
    {
        RuleFor(options => options).Must(options => options is { Failures: >= 1 and <= 1000, AddressFailures: >= 1 and <= 1_000_000 })
            .WithMessage("Authly:SignIn is out of bounds: Failures 1 to 1000, AddressFailures 1 to 1000000");
        RuleFor(options => options).Must(options => IsWait(options.MaximumWait) && IsWait(options.AddressMaximumWait))
            .WithMessage("Authly:SignIn:MaximumWait and AddressMaximumWait must be at least a second and at most a day");
        RuleFor(options => options).Must(options => options.Memory >= options.MaximumWait
                && options.Memory >= options.AddressMaximumWait && options.Memory <= TimeSpan.FromDays(30))
            .WithMessage("Authly:SignIn:Memory must be at least MaximumWait and AddressMaximumWait, and at most 30 days");
        RuleFor(options => options.BrowserLifetime).InclusiveBetween(TimeSpan.FromMinutes(1), TimeSpan.FromDays(400))
            .WithMessage("Authly:SignIn:BrowserLifetime must be at least a minute and at most 400 days");
    }

    private static bool IsWait(TimeSpan wait) => wait >= TimeSpan.FromSeconds(1) && wait <= TimeSpan.FromDays(1);
}

internal sealed class MetricsOptionsValidator : AbstractValidator<MetricsOptions>
{
    public MetricsOptionsValidator()
    {
        RuleFor(options => options.GaugeInterval).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
            .WithMessage("Authly:Metrics:GaugeInterval must be at least a second and at most an hour");
        RuleFor(options => options.Otlp.Endpoint)
            .Must(endpoint => endpoint is null || (endpoint.IsAbsoluteUri && (endpoint.Scheme is "http" or "https")))
            .WithMessage("Authly:Metrics:Otlp:Endpoint is not an http(s) URL");
        RuleFor(options => options.Port).InclusiveBetween(0, 65535)
            .WithMessage("Authly:Metrics:Port must be a port number, or 0 for the main port");
    }
}
