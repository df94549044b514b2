using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Authly.Tests.Harness;

/// <summary>What an operator sets for Production: an issuer by TLS, a certificate, and a key that encrypts keys.</summary>
public sealed class Production : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authly-production-");

    public string Folder => _folder.FullName;

    public void Configure(Dictionary<string, string> settings, string issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        var path = Path.Combine(Folder, "tls.p12");
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, "right"));
        settings["ASPNETCORE_ENVIRONMENT"] = "Production";
        settings["Authly__Issuer"] = issuer;
        settings["Authly__KeyEncryption__Key"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        settings["Kestrel__Certificates__Default__Path"] = path;
        settings["Kestrel__Certificates__Default__Password"] = "right";
    }

    public static Task<AuthlyServer> StartAsync(SharedDatabase shared, int port) => AuthlyServer.StartAsync(
        shared.Kind, new Dictionary<string, string>(shared.Settings)
        {
            ["Urls"] = $"https://localhost:{port}",
            ["Authly__Metrics__Port"] = Network.FreePort().ToString(CultureInfo.InvariantCulture),
            ["Authly__Seed__File"] = "",
        }, shared.ConnectionString);

    public void Dispose() => _folder.Delete(recursive: true);
}
