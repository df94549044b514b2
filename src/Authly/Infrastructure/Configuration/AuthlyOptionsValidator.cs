using Authly.Infrastructure.Changes;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Configuration;

/// <summary>Names what is missing or wrong, and how to give it, one sentence a fault; a start with a fault does not serve.</summary>
internal sealed class AuthlyOptionsValidator(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<AuthlyOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthlyOptions options)
    {
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> Faults(AuthlyOptions options)
    {
        if (options.Issuer is null)
            yield return "Authly:Issuer is missing: give the URL that clients will know this server by, as in Authly__Issuer=https://login.example.com";
        else if (!Uri.TryCreate(options.Issuer, UriKind.Absolute, out var issuer) || issuer.Scheme is not ("http" or "https"))
            yield return "Authly:Issuer is not an http(s) URL";
        else if (issuer.AbsolutePath != "/" || issuer.Query.Length > 0 || issuer.Fragment.Length > 0 || issuer.UserInfo.Length > 0)
            yield return "Authly:Issuer may hold scheme, host and port only: no path, query, fragment or user";
        else if (issuer.Scheme == "http" && !environment.IsDevelopment())
            yield return "Authly:Issuer is http, which only Development allows: use https (a proxy in front may terminate TLS)";

        if (!environment.IsDevelopment())
        {
            if (!options.KeyEncryption.IsGiven)
            {
                yield return "Authly:KeyEncryption is missing: without it the keys in the database are readable by whoever reads the database. "
                    + "Give 32 random bytes as in Authly__KeyEncryption__Key=$(openssl rand -base64 32), a file that holds them (Authly__KeyEncryption__KeyFile), "
                    + "or a PKCS#12 certificate (Authly__KeyEncryption__CertificateFile)";
            }

            if (string.IsNullOrWhiteSpace(configuration.GetConnectionString("Authly")))
                yield return "ConnectionStrings:Authly is missing: name the database, as in ConnectionStrings__Authly='Host=db;Database=authly;Username=authly;Password=...'";
        }

        if (Redis.IsConfigured(configuration) && !Redis.IsReadable(configuration))
            yield return "ConnectionStrings:Redis cannot be read: give host and port and StackExchange.Redis's options, as in ConnectionStrings__Redis=redis:6379,password=...,ssl=true";

        foreach (var (file, setting) in new[]
        {
            (options.KeyEncryption.KeyFile, "Authly:KeyEncryption:KeyFile"),
            (options.KeyEncryption.CertificateFile, "Authly:KeyEncryption:CertificateFile"),
            (options.Seed.File, "Authly:Seed:File"),
        })
        {
            if (file is not null && !File.Exists(file))
                yield return $"{setting} names a file that does not exist";
        }

        if (options.KeyEncryption.Key is { } key && !IsKey(key))
            yield return "Authly:KeyEncryption:Key is not 32 bytes in base64";
        if (options.KeyEncryption.KeyFile is { } path && File.Exists(path) && !IsKey(File.ReadAllText(path).Trim()))
            yield return "Authly:KeyEncryption:KeyFile does not hold 32 bytes in base64";

        var lifetimes = options.Lifetimes;
        foreach (var (value, setting, most) in new[]
        {
            (lifetimes.AuthorizationCode, nameof(lifetimes.AuthorizationCode), TimeSpan.FromMinutes(10)),
            (lifetimes.AccessToken, nameof(lifetimes.AccessToken), TimeSpan.FromDays(1)),
            (lifetimes.IdToken, nameof(lifetimes.IdToken), TimeSpan.FromDays(1)),
            (lifetimes.RefreshTokenIdle, nameof(lifetimes.RefreshTokenIdle), TimeSpan.FromDays(3650)),
            (lifetimes.RefreshTokenAbsolute, nameof(lifetimes.RefreshTokenAbsolute), TimeSpan.FromDays(3650)),
            (lifetimes.Session, nameof(lifetimes.Session), TimeSpan.FromDays(365)),
        })
        {
            if (value <= TimeSpan.Zero || value > most)
                yield return $"Authly:Lifetimes:{setting} must be more than zero and at most {most}";
        }

        if (lifetimes.RefreshTokenGrace < TimeSpan.Zero || lifetimes.RefreshTokenGrace > TimeSpan.FromMinutes(1))
            yield return "Authly:Lifetimes:RefreshTokenGrace must be from zero to a minute";

        foreach (var fault in options.Keys.Faults())
            yield return fault;

        if (options.Pruning.Interval < TimeSpan.FromSeconds(1) || options.Pruning.Interval > TimeSpan.FromMinutes(5))
            yield return "Authly:Pruning:Interval must be at least a second and at most 5 minutes";
        if (options.Pruning.Retention < TimeSpan.Zero || options.Pruning.Retention > TimeSpan.FromDays(365))
            yield return "Authly:Pruning:Retention must be from zero to a year";

        var passwords = options.Passwords;
        if (passwords.MemoryKiB is < 8 or > 4_194_304 || passwords.Passes is < 1 or > 100 || passwords.Threads is < 1 or > 256 || passwords.QueueLength is < 1 or > 100_000)
            yield return "Authly:Passwords is out of bounds: MemoryKiB 8 to 4194304, Passes 1 to 100, Threads 1 to 256, QueueLength 1 to 100000";
        if (passwords.Deadline <= TimeSpan.Zero)
            yield return "Authly:Passwords:Deadline must be more than zero";
        if (options.RegistrationsMaximumAge <= TimeSpan.Zero || options.RegistrationsMaximumAge > TimeSpan.FromMinutes(10))
            yield return "Authly:RegistrationsMaximumAge must be more than zero and at most 10 minutes";
        if (options.Metrics.GaugeInterval < TimeSpan.FromSeconds(1) || options.Metrics.GaugeInterval > TimeSpan.FromHours(1))
            yield return "Authly:Metrics:GaugeInterval must be at least a second and at most an hour";
        if (options.Metrics.Otlp.Endpoint is { } collector && (!collector.IsAbsoluteUri || collector.Scheme is not ("http" or "https")))
            yield return "Authly:Metrics:Otlp:Endpoint is not an http(s) URL";
        if (options.Metrics.Port is < 0 or > 65535)
            yield return "Authly:Metrics:Port must be a port number, or 0 for the main port";
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[64];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == 32;
    }
}
