using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Authly.Load;

/// <summary>One connection of HTTP/1.1, kept alive.</summary>
internal sealed class Connection(int port) : IDisposable
{
    private readonly byte[] _buffer = new byte[256 * 1024];
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
