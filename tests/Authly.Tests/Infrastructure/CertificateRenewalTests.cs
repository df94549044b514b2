using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>A TLS certificate that is renewed is served without a restart.</summary>
public sealed class CertificateRenewalTests
{
    [Theory]
    [InlineData("Urls", "https://localhost:{0}")]
    [InlineData("ASPNETCORE_HTTPS_PORTS", "{0}")]
    [InlineData("Kestrel__Endpoints__Main__Url", "https://localhost:{0}")]
    public async Task A_renewed_certificate_is_read_again_however_the_address_is_given(string name, string value)
    {
        var folder = Directory.CreateTempSubdirectory("authly-tls-");
        var (port, metrics) = (Network.FreePort(), Network.FreePort());
        Write("first");
        await using var server = AuthlyServer.Launch(new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Urls"] = $"https://localhost:{port}",
            [name] = value.Replace("{0}", $"{port}", StringComparison.Ordinal),
            ["Authly__Metrics__Port"] = $"{metrics}",
            ["Kestrel__Certificates__Default__Path"] = Path.Combine(folder.FullName, "tls.crt"),
            ["Kestrel__Certificates__Default__KeyPath"] = Path.Combine(folder.FullName, "tls.key"),
        });
        await server.WaitUntilReadyAsync();
        Assert.Equal("CN=first", await ServedAsync(port));

        Write("second");
        for (var attempt = 0; attempt < 300 && await ServedAsync(port) != "CN=second"; attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal("CN=second", await ServedAsync(port));
        Assert.Equal(200, (await server.GetAsync($"http://localhost:{metrics}/health/ready")).Status);

        void Write(string subject)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
            // As certbot does: new files, renamed into place, the key first.
            foreach (var (file, text) in new[]
            {
                ("tls.key", key.ExportPkcs8PrivateKeyPem()), ("tls.crt", certificate.ExportCertificatePem()),
            })
            {
                File.WriteAllText(Path.Combine(folder.FullName, "new"), text);
                File.Move(Path.Combine(folder.FullName, "new"), Path.Combine(folder.FullName, file), overwrite: true);
            }
        }
    }

    /// <summary>The subject of the certificate that is served; null while the endpoint opens again.</summary>
    private static async Task<string?> ServedAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("localhost", port);
            await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, errors) =>
                errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors));
            await stream.AuthenticateAsClientAsync("localhost");
            return stream.RemoteCertificate!.Subject;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return null;
        }
    }
}
