using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Authly.Tests.Harness;
using Microsoft.Data.Sqlite;

namespace Authly.Tests.Faults;

/// <summary>What is given to protect the keys must be able to read them again, and that is known before the first is written.</summary>
public sealed class KeyEncryptionCertificateTests : IDisposable
{
    private const string Service = "service:service-secret-for-tests";
    private const string Password = "certificate-password-for-tests";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authly-certificate-");

    private string DatabaseFile => Path.Combine(_folder.FullName, "authly.db");

    [Theory]
    [InlineData("a certificate without its private key")]
    [InlineData("a certificate whose key cannot decrypt")]
    [InlineData("a file with another password")]
    [InlineData("a file that is no PKCS#12")]
    public async Task What_could_not_read_the_keys_again_stops_the_start_with_its_name_and_nothing_written(string what)
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bytes = what switch
        {
            "a certificate without its private key" => Pkcs12(X509CertificateLoader.LoadCertificate(SelfSigned(rsa).RawData)),
            "a certificate whose key cannot decrypt" => Pkcs12(SelfSigned(curve)),
            "a file with another password" => Pkcs12(SelfSigned(rsa), "another password"),
            _ => "-----BEGIN CERTIFICATE-----"u8.ToArray(),
        };
        await using var server = AuthlyServer.Launch(await SettingsAsync(bytes));
        await Assert.ThrowsAsync<InvalidOperationException>(server.WaitUntilReadyAsync);
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains("Authly:KeyEncryption", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, server.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(DatabaseFile), "It has written a database.");
    }

    [Fact]
    public async Task A_certificate_with_its_private_key_protects_the_keys_and_reads_them_again()
    {
        using var rsa = RSA.Create(2048);
        var settings = await SettingsAsync(Pkcs12(SelfSigned(rsa)));
        for (var start = 0; start < 2; start++)
        {
            await using var server = AuthlyServer.Launch(settings);
            await server.WaitUntilReadyAsync();
            Assert.Equal(200, (await server.GetAsync("/.well-known/jwks.json")).Status);
            Assert.Equal(200, (await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, Service)).Status);
        }
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private async Task<Dictionary<string, string>> SettingsAsync(byte[] certificate)
    {
        var file = Path.Combine(_folder.FullName, "certificate.p12");
        await File.WriteAllBytesAsync(file, certificate, TestContext.Current.CancellationToken);
        var settings = new Production().Settings.Where(setting => setting.Name != "Authly__KeyEncryption__Key").ToDictionary();
        settings["Authly__KeyEncryption__CertificateFile"] = file;
        settings["Authly__KeyEncryption__CertificatePassword"] = Password;
        settings["ConnectionStrings__Authly"] = $"Data Source={DatabaseFile}";
        settings["Authly__Seed__File"] = AuthlyServer.SeedFile;
        return settings;
    }

    private static X509Certificate2 SelfSigned(RSA key) => Sign(new("CN=authly", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private static X509Certificate2 SelfSigned(ECDsa key) => Sign(new("CN=authly", key, HashAlgorithmName.SHA256));

    private static X509Certificate2 Sign(CertificateRequest request) =>
        request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));

    private static byte[] Pkcs12(X509Certificate2 certificate, string password = Password)
    {
        using (certificate)
            return certificate.Export(X509ContentType.Pkcs12, password);
    }
}
