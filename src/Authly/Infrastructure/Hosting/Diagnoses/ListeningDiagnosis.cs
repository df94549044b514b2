using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Seeding;

namespace Authly.Infrastructure.Hosting.Diagnoses;

/// <summary>Whether the server would listen as its issuer promises: its certificate, the proxies before it, and its seed file.</summary>
internal static class ListeningDiagnosis
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public static IEnumerable<Finding> Make(IConfiguration configuration, IServiceProvider services)
    {
        var options = services.GetRequiredService<AuthlyOptions>();
        var listens = new ListenAddresses(configuration);
        var isHttps = listens.All.Any(address => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase));
        if (isHttps)
            yield return Certificate(configuration, options, services.GetRequiredService<TimeProvider>());
        if (options.TrustedProxies.Any(proxy => proxy.EndsWith("/0", StringComparison.Ordinal)))
            yield return new("proxy", Verdict.Fault, "Everybody is believed to be a proxy: anybody chooses the address that limits count.",
                "Name your proxies' networks in Authly:TrustedProxies.");
        else if (options.IsHttps && !isHttps && options.TrustedProxies.Count == 0)
            yield return new("proxy", Verdict.Warning,
                "The issuer is https and this server listens by http: a proxy stands before it, and all people come from its address.",
                "Name the proxy in Authly:TrustedProxies.");
        else
            yield return new("proxy", Verdict.Ok, options.TrustedProxies.Count > 0 ? "X-Forwarded-For is believed of those that are named."
                : "X-Forwarded-For is believed of nobody.");
        if (options.Seed.File is { Length: > 0 } file)
            yield return Seed(file);
    }

    // A proxy that trusts a certificate of its own network shows clients another one.
    private static Finding Certificate(IConfiguration configuration, AuthlyOptions options, TimeProvider time)
    {
        const string Section = "Kestrel:Certificates:Default";
        if (configuration[$"{Section}:Path"] is not { Length: > 0 } path)
            return new("tls", Verdict.Ok, "Its certificate is not Kestrel:Certificates:Default, and was not looked at.");
        try
        {
            var password = configuration[$"{Section}:Password"];
            using var certificate = configuration[$"{Section}:KeyPath"] is { Length: > 0 } key
                ? password is null ? X509Certificate2.CreateFromPemFile(path, key)
                    : X509Certificate2.CreateFromEncryptedPemFile(path, password, key)
                : X509CertificateLoader.LoadPkcs12FromFile(path, password);
            var host = new Uri(options.Issuer!).Host;
            var unnamed = options.TrustedProxies.Count > 0 ? Verdict.Warning : Verdict.Fault;
            var left = certificate.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
            return left < TimeSpan.Zero
                ? new("tls", Verdict.Fault, $"The certificate ended {-left.TotalDays:F0} days ago.", $"Renew {path}.")
                : !certificate.MatchesHostname(host)
                ? new("tls", unnamed, $"The certificate does not name {host}, the issuer's host.", $"Get one for {host}.")
                : left < Soon ? new("tls", Verdict.Warning, $"The certificate ends in {left.TotalDays:F0} days.", $"Renew {path}.")
                : new("tls", Verdict.Ok, $"The certificate is good for {left.TotalDays:F0} days.");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new("tls", Verdict.Fault, $"The certificate cannot be read: {StartFaults.OneLine(exception.Message)}",
                "Kestrel:Certificates:Default names the file, its password and, for PEM, its key.");
        }
    }

    private static Finding Seed(string file)
    {
        try
        {
            SeedFile.Read(SeedFile.ReadText(file, "Authly:Seed:File"), file);
            return new("seed", Verdict.Ok, "The file can be read.");
        }
        catch (Exception exception) when (exception is StartupException or IOException)
        {
            return new("seed", Verdict.Fault, StartFaults.Of(exception)[0], "docs/configuration.md has an example.");
        }
    }
}
