using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Authly.Load;

/// <summary>
/// Connections that each send the next request when the answer to the last has come. Sockets and prepared bytes, because an HTTP client's
/// work would take the processors from the server that is measured.
/// </summary>
internal static class Client
{
    public static byte[] Request(string method, string path, string body = "", string? basic = null, string? cookie = null)
    {
        var authorization = basic is null ? "" : $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(basic))}\r\n";
        return Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}"
            + (cookie is null ? "" : $"Cookie: {cookie}\r\n")
            + (body.Length == 0
                ? "\r\n"
                : "Content-Type: application/x-www-form-urlencoded\r\n"
                    + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
    }

    public static byte[] ClientCredentials { get; } = Request(
        "POST", "/oauth/token", "grant_type=client_credentials&scope=orders.read", $"service:{ServerSettings.Secret}");

    /// <summary>Runs for a time; each connection does its steps again and again, and each time is one answer.</summary>
    public static async Task<Round> RunAsync(
        int port, TimeSpan duration, int connections, Func<int, Connection, Task<bool>> steps, Func<int, Task>? pause = null)
    {
        var started = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(Enumerable.Range(0, connections)
            .Select(index => Task.Run(() => LoopAsync(index, port, started, duration, steps, pause))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var latencies = results.SelectMany(result => result.Latencies).Order().ToArray();
        double At(double share) => latencies.Length == 0 ? 0 : latencies[(int)(share * (latencies.Length - 1))];
        return new Round(latencies.Length, results.Sum(result => result.Failed), latencies.Length / seconds, At(0.5), At(0.99));
    }

    /// <summary>
    /// As many a second as given and not as many as can be, evenly over the connections; a step that comes late does not delay the next.
    /// </summary>
    public static Task<Round> RunAtAsync(int port, TimeSpan duration, int connections, double perSecond, byte[] request) =>
        RunAtAsync(port, duration, connections, perSecond, async (_, connection) => await connection.SendAsync(request) < 500);

    public static Task<Round> RunAtAsync(
        int port, TimeSpan duration, int connections, double perSecond, Func<int, Connection, Task<bool>> steps)
    {
        var next = Enumerable.Range(0, connections)
            .Select(index => Stopwatch.GetTimestamp() + (long)(Stopwatch.Frequency * index / perSecond)).ToArray();
        return RunAsync(port, duration, connections, steps, async index =>
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next[index]);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            next[index] += (long)(Stopwatch.Frequency * connections / perSecond);
        });
    }

    public static Task<Round> RunAsync(int port, TimeSpan duration, int connections, Func<byte[]> next) =>
        RunAsync(port, duration, connections, async (_, connection) => await connection.SendAsync(next()) < 500);

    public static Task<Round> RunAsync(int port, TimeSpan duration, int connections, byte[] request) =>
        RunAsync(port, duration, connections, () => request);

    private static async Task<(List<double> Latencies, int Failed)> LoopAsync(
        int index, int port, long started, TimeSpan duration, Func<int, Connection, Task<bool>> steps, Func<int, Task>? pause)
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
