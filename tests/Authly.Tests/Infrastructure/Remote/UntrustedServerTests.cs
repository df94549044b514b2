using System.Diagnostics;
using System.Net;
using System.Text;
using Authly.Infrastructure.Hosting.Remote;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure.Remote;

/// <summary>A server that is not as it should be, and a machine that is not.</summary>
public sealed class UntrustedServerTests : IDisposable
{
    private readonly HttpListener _server = new();
    private readonly string _issuer = $"http://127.0.0.1:{Network.FreePort()}";
    private readonly Terminal _terminal;
    private readonly Dictionary<string, (int Status, string Body)> _answers = [];

    public UntrustedServerTests()
    {
        _terminal = new Terminal(_issuer);
        _server.Prefixes.Add($"{_issuer}/");
        _server.Start();
        _ = ServeAsync();
    }

    [Fact]
    public async Task What_it_answers_is_told_in_one_line_and_no_stack_trace()
    {
        foreach (var (body, status, said) in new[]
        {
            ("null", 200, "cannot be read"), ("[]", 200, "cannot be read"), ("<html>", 200, "cannot be read"), ("", 200, "cannot be read"),
            ("{}", 200, ""),
            ("{\"detail\":\"No\\u001b[31m\\nreally\"}", 409, "No\uFFFD[31m really"),
            ("[1]", 400, "answers with status 400"), ("5", 500, "answers with status 500"),
            ("{\"detail\":1,\"detail\":2}", 403, "answers with status 403"),
            ("{\"detail\":\"\\ud800\"}", 503, "answers with status 503"), ("", 413, "This is more than"), ("", 302, "status 302"),
        })
        {
            _answers["/admin/requests/DeleteClient"] = (status, body);
            var (exit, output, error) = await _terminal.RunAsync("token", ["client", "delete", "x"]);
            Assert.Equal((body, said.Length == 0 ? 0 : 1), (body, exit));
            Assert.Contains(said, error, StringComparison.Ordinal);
            Assert.True(error.Count(letter => letter == '\n') <= 1 && !error.Contains("unexpected", StringComparison.Ordinal), error);
        }
    }

    [Fact]
    public async Task No_token_goes_where_it_could_be_read()
    {
        await _terminal.RememberAsync(_issuer, "2026-01-01T00:00:00Z");
        foreach (var endpoint in new[] { "http://login.example.com/t", "ftp://127.0.0.1/t", "/t", "file:///etc/passwd", "javascript:x" })
        {
            Discover(endpoint);
            foreach (var words in new[] { new[] { "status" }, ["login", "--no-browser"], ["logout"] })
            {
                var (exit, _, error) = await _terminal.RunAsync(words);
                Assert.Equal(1, exit);
                Assert.Contains($"names an endpoint that is missing or not https: {endpoint}", error, StringComparison.Ordinal);
            }
        }

        // Nor to a proxy, from this machine to itself.
        _terminal.Environment["http_proxy"] = _terminal.Environment["all_proxy"] = $"http://127.0.0.1:{Network.FreePort()}";
        _answers["/admin/requests/DeleteClient"] = (200, "{}");
        Assert.Equal(0, (await _terminal.RunAsync("token", ["client", "delete", "x"])).ExitCode);
        _terminal.Environment.Clear();

        // And nothing is sent to this machine's own database where a server was meant.
        Assert.Equal((1, "", "authly client list: --server must be a server's issuer, as in https://login.example.com.\n"),
            await _terminal.RunAsync("client", "list", "--server", ""));
        Assert.Equal((1, "", "authly client list: AUTHLY_TOKEN holds no token.\n"), await _terminal.RunAsync("tok en", ["client", "list"]));
    }

    [Fact]
    public async Task A_server_that_is_away_signs_nobody_out()
    {
        await _terminal.RememberAsync(_issuer, "2026-01-01T00:00:00Z");
        Discover($"{_issuer}/t");
        foreach (var (status, body, said) in new[]
        {
            (503, "{\"error\":\"temporarily_unavailable\",\"error_description\":\"Later.\"}", "says temporarily_unavailable: Later."),
            (200, "{}", "gave no token."), (200, "<html>", "gave no token."), (200, "{\"access_token\":\"\"}", "gave no token."),
            (200, "{\"access_token\":\"a\\nb\"}", "gave no token."),
            (200, "{\"access_token\":\"x\",\"expires_in\":\"soon\"}", "gave no token."),
            (400, "{\"error\":\"invalid_grant\"}", "You are not signed in at"),
        })
        {
            _answers["/t"] = (status, body);
            Assert.Contains(said, (await _terminal.RunAsync("status")).Error, StringComparison.Ordinal);
        }

        _answers["/t"] = (503, "");
        Assert.Equal(1, (await _terminal.RunAsync("logout")).ExitCode);
        Assert.Matches("kept too", await File.ReadAllTextAsync(_terminal.TokenFile, TestContext.Current.CancellationToken));
        _answers["/.well-known/openid-configuration"] = (200, "{\"issuer\":\"https://other.example/\"}");
        Assert.EndsWith("is not the issuer of a server, which says that it is https://other.example/.\n",
            (await _terminal.RunAsync("logout")).Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_terminal.TokenFile, "{", TestContext.Current.CancellationToken);
        Assert.Matches("tokens.json cannot be read; delete it", (await _terminal.RunAsync("status")).Error);
    }

    [Fact]
    public async Task A_signal_ends_a_command_that_waits()
    {
        Discover($"{_issuer}/t");
        var (login, _) = await _terminal.LoginAsync();
        Assert.Equal((130, ""), await EndAsync(login));
        var apply = _terminal.Start("apply", "-f", "-");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Equal((143, ""), await EndAsync(apply));
    }

    // Not by SIGINT: whoever starts the tests in the background has it ignored, here as well.
    private static async Task<(int ExitCode, string Error)> EndAsync(Process command)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{command.Id}"]);
        var (exit, _, error) = await Terminal.EndAsync(command);
        return (exit, error.Replace(LoginCommand.Hint, "", StringComparison.Ordinal).Trim());
    }

    public void Dispose()
    {
        _server.Close();
        _terminal.Dispose();
    }

    private void Discover(string endpoint) => _answers["/.well-known/openid-configuration"] = (200, $$"""
        { "issuer": "{{_issuer}}", "token_endpoint": "{{endpoint}}", "revocation_endpoint": "{{endpoint}}",
          "authorization_endpoint": "{{endpoint}}" }
        """);

    private async Task ServeAsync()
    {
        while (_server.IsListening)
        {
            try
            {
                var http = await _server.GetContextAsync();
                var (status, body) = _answers.GetValueOrDefault(http.Request.Url!.AbsolutePath, (404, ""));
                http.Response.StatusCode = status;
                http.Response.ContentType = "application/json; charset=foo";
                http.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: true);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The test is over, or whoever asked has hung up.
            }
        }
    }
}
