using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Authly.Tests.Harness;

internal static class Network
{
    // Below those that the system gives to whoever connects: a server that is started again finds its port free.
    private const int First = 10_000;
    private const int Last = 32_000;

    /// <summary>For servers of our own, whose certificates nobody has signed.</summary>
    public static SslClientAuthenticationOptions AnyCertificate =>
        new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null };

    /// <summary>Follows no redirect, keeps no cookie, and waits for a busy server's word before it sends what is long.</summary>
    public static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        SslOptions = AnyCertificate,
        Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
    };

    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; another one.
            }
        }
    }

    /// <summary>Asks, and breaks the connection instead of reading the answer.</summary>
    public static async Task ResetAsync(Uri url)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /x HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n"));
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
    }
}
