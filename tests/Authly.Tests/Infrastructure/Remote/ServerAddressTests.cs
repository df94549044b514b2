using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Remote;

public sealed class ServerAddressTests
{
    [Fact]
    public async Task A_server_that_cannot_be_trusted_or_reached_is_told_in_one_line()
    {
        using var terminal = new Terminal("");
        foreach (var (server, said) in new[]
        {
            ("login.example.com", "--server must be a server's issuer, as in https://login.example.com."),
            ("http://login.example.com", "--server must be https, unless it is this machine."),
            ("http://localhost:1", "http://localhost:1 cannot be reached: "),
        })
        {
            var (exit, output, error) = await terminal.RunAsync("login", "--no-browser", "--server", server);
            Assert.Equal((1, ""), (exit, output));
            Assert.StartsWith($"authly login: {said}", error, StringComparison.Ordinal);
        }

        var (_, _, missing) = await terminal.RunAsync("login");
        Assert.Equal("authly login: --server is missing.\n", missing);
        var (_, _, away) = await terminal.RunAsync("a-token", ["status", "--server", "http://localhost:1"]);
        Assert.StartsWith("authly status: http://localhost:1 cannot be reached: ", away, StringComparison.Ordinal);
    }
}
