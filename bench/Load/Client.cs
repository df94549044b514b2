using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Authly.Load;

/// <summary>What one round of load saw; latencies in milliseconds.</summary>
internal sealed record Round(int Answers, int Refused, double PerSecond, double P50, double P99);

/// <summary>
/// Connections that each send the next request when the answer to the last has come. Sockets and prepared bytes, because an HTTP client's work
/// would take the processors from the server that is measured.
/// </summary>
internal static class Client
{
    public static byte[] Request(string method, string path, string body = "", string? basic = null) => Encoding.UTF8.GetBytes(
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{(basic is null ? "" : $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(basic))}\r\n")}"
        + (body.Length == 0 ? "\r\n" : $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    public static byte[] ClientCredentials { get; } = Request("POST", "/oauth/token", "grant_type=client_credentials&scope=orders.read", "service:service-secret-for-benchmarks");

    /// <summary>Runs for a time. <paramref name="next"/> makes each request; 5xx and a connection that breaks count as refused.</summary>
    public static async Task<Round> RunAsync(int port, TimeSpan duration, int connections, Func<byte[]> next)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => ConnectionAsync(port, started, duration, next))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var latencies = results.SelectMany(result => result.Latencies).Order().ToArray();
        double At(double share) => latencies.Length == 0 ? 0 : latencies[(int)(share * (latencies.Length - 1))];
        return new Round(latencies.Length, results.Sum(result => result.Refused), latencies.Length / seconds, At(0.5), At(0.99));
    }

    public static Task<Round> RunAsync(int port, TimeSpan duration, int connections, byte[] request) => RunAsync(port, duration, connections, () => request);

    private static async Task<(List<double> Latencies, int Refused)> ConnectionAsync(int port, long started, TimeSpan duration, Func<byte[]> next)
    {
        var latencies = new List<double>(1 << 16);
        var refused = 0;
        var buffer = new byte[64 * 1024];
        Socket? socket = null;
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            try
            {
                if (socket is null)
                {
                    socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(IPAddress.Loopback, port);
                }

                var sent = Stopwatch.GetTimestamp();
                await socket.SendAsync(next());
                var (status, closes) = await ReadAnswerAsync(socket, buffer);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                if (status >= 500)
                    refused++;
                if (closes)
                {
                    socket.Dispose();
                    socket = null;
                }
            }
            catch (SocketException)
            {
                refused++;
                socket?.Dispose();
                socket = null;
            }
        }

        socket?.Dispose();
        return (latencies, refused);
    }

    private static async Task<(int Status, bool Closes)> ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        var length = 0;
        int head;
        while ((head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
            length += await ReceiveAsync(socket, buffer.AsMemory(length));
        var headers = Encoding.ASCII.GetString(buffer, 0, head);
        var status = int.Parse(headers.AsSpan(9, 3), provider: null);
        if (headers.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (!buffer.AsSpan(0, length).EndsWith("0\r\n\r\n"u8))
                length += await ReceiveAsync(socket, buffer.AsMemory(length));
        }
        else
        {
            var at = headers.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            var body = 0;
            if (at >= 0)
            {
                var end = headers.IndexOf('\r', at);
                body = int.Parse(headers.AsSpan(at + 16, (end < 0 ? headers.Length : end) - at - 16), provider: null);
            }

            while (length < head + 4 + body)
                length += await ReceiveAsync(socket, buffer.AsMemory(length));
        }

        return (status, headers.Contains("Connection: close", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        var received = await socket.ReceiveAsync(buffer);
        return received > 0 ? received : throw new SocketException((int)SocketError.ConnectionReset);
    }
}
