using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Authly.Tests.Harness;

/// <summary>
/// A Redis of our own that keeps nothing, from the binary that Debian's package <c>redis-server</c> installs. On a machine without it its
/// tests are skipped; CI does not allow that.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    public const string Missing = "Redis is not installed: install Debian's package redis-server.";

    private readonly int _port = Network.FreePort();
    private Process? _process;

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, "redis-server")))
        || (Environment.GetEnvironmentVariable("CI") == "true" ? throw new InvalidOperationException(Missing) : false);

    public string ConnectionString => $"127.0.0.1:{_port},password={Password}";

    public const string Password = "redis-password-for-tests";

    public static async Task<RedisServer> StartNewAsync()
    {
        var server = new RedisServer();
        await server.StartAsync();
        return server;
    }

    /// <summary>One that does not run yet.</summary>
    public static RedisServer Prepare() => new();

    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo("redis-server",
        [
            "--port", $"{_port}", "--bind", "127.0.0.1", "--requirepass", Password, "--save", "", "--appendonly", "no",
            "--loglevel", "warning",
        ])
        { WorkingDirectory = Path.GetTempPath() })!;
        for (var attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", _port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("Redis did not start.");
    }

    /// <summary>Sends a command, as a person who runs it would.</summary>
    public async Task CommandAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _port);
        var lines = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {Password}\r\n{command}\r\n"));
        foreach (var said in new[] { await lines.ReadLineAsync(), await lines.ReadLineAsync() })
            Assert.Equal("+OK", said);
    }

    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}
