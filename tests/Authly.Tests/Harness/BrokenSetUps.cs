using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Authly.Tests.Harness;

/// <summary>The files, ports and servers that the set-ups of <c>docs/troubleshooting-guide.md</c> name.</summary>
public sealed class BrokenSetUps : IDisposable
{
    private readonly TcpListener _taken = new(IPAddress.Loopback, 0);
    private readonly TcpListener _postgres = new(IPAddress.Loopback, 0);

    public BrokenSetUps()
    {
        _taken.Start();
        _postgres.Start();
        _ = RefuseAsync();
        Write("good.key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        Write("text.key", "not a key");
        Write("locked.key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        ChangeMode(Environment.UserName == "root" ? "400" : "000", "locked.key");
        ChangeMode("711", "");
        Write("text.json", "{ clients: [] }");
        Write("text.yaml", "clients: [");
        Write("variable.yaml", "clients: [{ client_id: a, client_secret: '${AUTHLY_NOT_SET}' }]");
        Write("secret.yaml", "clients: [{ client_id: a, client_type: confidential, grant_types: [client_credentials] }]");
        Write("unknown.json", """{ "clients": [ { "client_id": "a", "redirect_urls": [] } ] }""");
        Write("redirect.json", """{ "clients": [ { "client_id": "a", "redirect_uris": ["http://a.example/cb"] } ] }""");
        WriteCertificates();
        using var newer = new SqliteConnection($"Data Source={Folder}/newer.db");
        newer.Open();
        using var command = newer.CreateCommand();
        command.CommandText = """
            create table "__EFMigrationsHistory" ("MigrationId" text primary key, "ProductVersion" text not null);
            insert into "__EFMigrationsHistory" values ('29990101000000_Later', '99.0.0')
            """;
        command.ExecuteNonQuery();
        SqliteConnection.ClearAllPools();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("authly-broken-").FullName;

    /// <summary>What a table's cell names, as it is here.</summary>
    public string Fill(string text) => text
        .Replace("{taken}", $"{((IPEndPoint)_taken.LocalEndpoint).Port}", StringComparison.Ordinal)
        .Replace("{postgres}", $"{((IPEndPoint)_postgres.LocalEndpoint).Port}", StringComparison.Ordinal)
        .Replace("{folder}", Folder, StringComparison.Ordinal);

    public void Dispose()
    {
        _taken.Dispose();
        _postgres.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    private void ChangeMode(string mode, string name)
    {
        using var change = Process.Start("chmod", [mode, Path.Combine(Folder, name)]);
        change.WaitForExit();
    }

    private void WriteCertificates()
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(new("CN=authly", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var elliptic = Sign(new("CN=authly", curve, HashAlgorithmName.SHA256));
        using var publicOnly = X509CertificateLoader.LoadCertificate(certificate.RawData);
        foreach (var (name, each) in new[] { ("certificate", certificate), ("elliptic", elliptic), ("public", publicOnly) })
            File.WriteAllBytes(Path.Combine(Folder, $"{name}.p12"), each.Export(X509ContentType.Pkcs12, "right"));
        using var ended = new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-1));
        File.WriteAllBytes(Path.Combine(Folder, "ended.p12"), ended.Export(X509ContentType.Pkcs12, "right"));
        Write("certificate.pem", certificate.ExportCertificatePem() + "\n" + rsa.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 Sign(CertificateRequest request) =>
        request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));

    /// <summary>PostgreSQL's protocol as far as it goes with a wrong password (PostgreSQL documentation, 54.2.1).</summary>
    private async Task RefuseAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _postgres.AcceptTcpClientAsync();
                var (stream, buffer) = (client.GetStream(), new byte[1024]);
                // An SSLRequest is eight bytes long, and may be declined.
                while (await stream.ReadAsync(buffer) is > 0 and var length && length <= 8)
                    await stream.WriteAsync("N"u8.ToArray());
                const string Fields = "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"authly\"\0\0";
                var size = BitConverter.GetBytes(IPAddress.HostToNetworkOrder(Fields.Length + 4));
                byte[] message = [(byte)'E', .. size, .. Encoding.ASCII.GetBytes(Fields)];
                await stream.WriteAsync(message);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
