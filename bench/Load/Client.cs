using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Authly.Load;

/// <summary>What one round of load saw; latencies in milliseconds. Failed is a 5xx, a broken connection, or a step that did not come to what it should.</summary>
internal sealed record Round(int Answers, int Failed, double PerSecond, double P50, double P99);

/// <summary>
/// Connections that each send the next request when the answer to the last has come. Sockets and prepared bytes, because an HTTP client's work
/// would take the processors from the server that is measured.
/// </summary>
internal static class Client
{
    public static byte[] Request(string method, string path, string body = "", string? basic = null, string? cookie = null) => Encoding.UTF8.GetBytes(
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{(basic is null ? "" : $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(basic))}\r\n")}"
        + (cookie is null ? "" : $"Cookie: {cookie}\r\n")
        + (body.Length == 0 ? "\r\n" : $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    public static byte[] ClientCredentials { get; } = Request("POST", "/oauth/token", "grant_type=client_credentials&scope=orders.read", $"service:{Server.Secret}");

    /// <summary>Runs for a time; each connection does its steps again and again, and each time is one answer.</summary>
    public static async Task<Round> RunAsync(int port, TimeSpan duration, int connections, Func<int, Connection, Task<bool>> steps, Func<int, Task>? pause = null)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(index => Task.Run(() => LoopAsync(index, port, started, duration, steps, pause))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var latencies = results.SelectMany(result => result.Latencies).Order().ToArray();
        double At(double share) => latencies.Length == 0 ? 0 : latencies[(int)(share * (latencies.Length - 1))];
        return new Round(latencies.Length, results.Sum(result => result.Failed), latencies.Length / seconds, At(0.5), At(0.99));
    }

    /// <summary>As many a second as given and not as many as can be, evenly over the connections; a step that comes late does not delay the next.</summary>
    public static Task<Round> RunAtAsync(int port, TimeSpan duration, int connections, double perSecond, byte[] request)
    {
        var next = Enumerable.Range(0, connections).Select(index => Stopwatch.GetTimestamp() + (long)(Stopwatch.Frequency * index / perSecond)).ToArray();
        return RunAsync(port, duration, connections, async (index, connection) => await connection.SendAsync(request) < 500, async index =>
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next[index]);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            next[index] += (long)(Stopwatch.Frequency * connections / perSecond);
        });
    }

    public static Task<Round> RunAsync(int port, TimeSpan duration, int connections, Func<byte[]> next) =>
        RunAsync(port, duration, connections, async (_, connection) => await connection.SendAsync(next()) < 500);

    public static Task<Round> RunAsync(int port, TimeSpan duration, int connections, byte[] request) => RunAsync(port, duration, connections, () => request);

    private static async Task<(List<double> Latencies, int Failed)> LoopAsync(int index, int port, long started, TimeSpan duration, Func<int, Connection, Task<bool>> steps,
        Func<int, Task>? pause)
    {
        var latencies = new List<double>(1 << 16);
        var failed = 0;
        using var connection = new Connection(port);
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            if (pause is not null)
                await pause(index);
            var begun = Stopwatch.GetTimestamp();
            try
            {
                if (!await steps(index, connection))
                    failed++;
                latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            catch (SocketException)
            {
                failed++;
                connection.Close();
            }
        }

        return (latencies, failed);
    }
}

/// <summary>One connection of HTTP/1.1, kept alive.</summary>
internal sealed class Connection(int port) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;
    private int _length;

    /// <summary>The answer, head and body.</summary>
    public string Answer => Encoding.UTF8.GetString(_buffer, 0, _length);

    /// <summary>What stands between two texts in the answer; empty where it does not.</summary>
    public string Between(string before, string after)
    {
        var answer = Answer;
        var at = answer.IndexOf(before, StringComparison.Ordinal);
        return at < 0 ? "" : answer[(at + before.Length)..answer.IndexOfAny([.. after], at + before.Length)];
    }

    /// <summary>Sends a request and reads all of its answer; returns the status.</summary>
    public async Task<int> SendAsync(byte[] request)
    {
        if (_socket is null)
        {
            _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(IPAddress.Loopback, port);
        }

        await _socket.SendAsync(request);
        var (status, closes) = await ReadAsync();
        if (closes)
            Close();
        return status;
    }

    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    public void Dispose() => Close();

    private async Task<(int Status, bool Closes)> ReadAsync()
    {
        _length = 0;
        int head;
        while ((head = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8)) < 0)
            await ReceiveAsync();
        var headers = Encoding.ASCII.GetString(_buffer, 0, head);
        var status = int.Parse(headers.AsSpan(9, 3), provider: null);
        if (headers.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (!_buffer.AsSpan(0, _length).EndsWith("0\r\n\r\n"u8))
                await ReceiveAsync();
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

            while (_length < head + 4 + body)
                await ReceiveAsync();
        }

        return (status, headers.Contains("Connection: close", StringComparison.OrdinalIgnoreCase));
    }

    private async Task ReceiveAsync()
    {
        var received = await _socket!.ReceiveAsync(_buffer.AsMemory(_length));
        _length += received > 0 ? received : throw new SocketException((int)SocketError.ConnectionReset);
    }
}
