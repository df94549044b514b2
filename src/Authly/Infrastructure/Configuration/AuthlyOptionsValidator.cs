using System.Net;
using System.Text.RegularExpressions;
using FluentValidation;

namespace Authly.Infrastructure.Configuration;

/// <summary>Names what is missing or wrong, and how to give it, one sentence a fault; a start with a fault does not serve.</summary>
internal sealed partial class AuthlyOptionsValidator : AbstractValidator<AuthlyOptions>
{
    public AuthlyOptionsValidator(bool isDevelopment, ConnectionStrings connections, ListenAddresses addresses)
    {
        RuleFor(options => options.Issuer).Cascade(CascadeMode.Stop)
            .NotNull().WithMessage(
                "Authly:Issuer is missing: give the URL that clients will know this server by, "
                + "as in Authly__Issuer=https://login.example.com")
            .Must(issuer => Url(issuer) is not null).WithMessage("Authly:Issuer is not an http(s) URL")
            .Must(issuer => Url(issuer) is { Query: "", Fragment: "", UserInfo: "" } && IsPlain(issuer!))
            .WithMessage("Authly:Issuer may hold scheme, host, port and a plain path only, as in https://example.com/auth: "
                + "no query, fragment, user, escape or dot segment")
            .Must(issuer => isDevelopment || Url(issuer)!.Scheme == Uri.UriSchemeHttps)
            .WithMessage("Authly:Issuer is http, which only Development allows: use https (a proxy in front may terminate TLS)");

        RuleFor(_ => addresses.Unreadable).Null().WithMessage(
            _ => $"'{addresses.Unreadable}' is not an address to listen on (Urls): give scheme, host and port, as in http://*:8080");
        RuleFor(options => options.Metrics.Port).Must(port => !addresses.Contains(port))
            .WithMessage("Authly:Metrics:Port is also one of the main addresses (Urls): "
                + "give another, or 0 for metrics and health on those");
        RuleFor(options => options.KeyEncryption).SetValidator(new EncryptionOptionsValidator(isDevelopment));
        RuleFor(_ => connections.Authly).Must(connection => isDevelopment || !string.IsNullOrWhiteSpace(connection)).WithMessage(
            "ConnectionStrings:Authly is missing: name the database, "
            + "as in ConnectionStrings__Authly='Host=db;Database=authly;Username=authly;Password=...'");
        RuleFor(_ => connections.AuthlyFault).Null().WithMessage(_ => connections.AuthlyFault);
        RuleFor(_ => connections.Redis).Must(_ => connections.IsRedisReadable).When(_ => connections.Redis.Length > 0).WithMessage(
            "ConnectionStrings:Redis cannot be read: give host and port and StackExchange.Redis's options, "
            + "as in ConnectionStrings__Redis=redis:6379,password=...,ssl=true");

        RuleFor(options => options.Seed.File).Must(Exists)
            .WithMessage("Authly:Seed:File names a file that does not exist, or is out of reach");
        RuleFor(options => options.Lifetimes).SetValidator(new LifetimeOptionsValidator());
        RuleFor(options => options.Keys).SetValidator(new KeyOptionsValidator());
        RuleFor(options => options.Passwords).SetValidator(new PasswordOptionsValidator());
        RuleFor(options => options.SignIn).SetValidator(new SignInOptionsValidator());
        RuleFor(options => options.RateLimits).SetValidator(new RateLimitOptionsValidator());
        RuleForEach(options => options.TrustedProxies).Must(proxy => IPNetwork.TryParse(proxy, out _) || IPAddress.TryParse(proxy, out _))
            .WithMessage("Authly:TrustedProxies holds what is no address or network: give 10.0.0.5 or 10.0.0.0/8");
        RuleFor(options => options.Metrics).SetValidator(new MetricsOptionsValidator());
        RuleFor(options => options.Pruning.Interval).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5))
            .WithMessage("Authly:Pruning:Interval must be at least a second and at most 5 minutes");
        RuleFor(options => options.Pruning.Retention).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromDays(365))
            .WithMessage("Authly:Pruning:Retention must be from zero to a year");
        RuleFor(options => options.RegistrationsMaximumAge).Must(age => age > TimeSpan.Zero && age <= TimeSpan.FromMinutes(10))
            .WithMessage("Authly:RegistrationsMaximumAge must be more than zero and at most 10 minutes");
        RuleFor(options => options.ShutdownDelay).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromMinutes(5))
            .WithMessage("Authly:ShutdownDelay must be from zero to 5 minutes");
    }

    public static bool Exists(string? file) => file is null || File.Exists(file);

    // As it is written, not as it is understood: clients compare it character by character.
    private static bool IsPlain(string issuer) => PlainPattern().IsMatch(issuer);

    [GeneratedRegex(@"^https?://[^/\\@?#]+(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\z", RegexOptions.IgnoreCase)]
    private static partial Regex PlainPattern();

    private static Uri? Url(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") ? uri : null;
}
