using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Authly.Tests.Harness;

/// <summary>A person's machine that is not the server's: commands run there, and one folder keeps what they remember.</summary>
public sealed class Terminal(string server) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authly-terminal-");

    public string TokenFile => Path.Combine(_folder.FullName, "authly", "tokens.json");

    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words) => RunAsync(token: null, words);

    /// <summary>What every command finds in its environment, beside where it is sent.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Runs a command to its end, with a token that somebody else got.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(string? token, string[] words) => ProgramFile.RunAsync(
        _folder.FullName, new Dictionary<string, string>(Environment)
        {
            ["XDG_CONFIG_HOME"] = _folder.FullName,
            ["AUTHLY_SERVER"] = server,
            ["AUTHLY_TOKEN"] = token ?? "",
        }, [.. ProgramFile.Command, .. words]);

    /// <summary>Makes it remember what a sign-in gave.</summary>
    public async Task RememberAsync(string issuer, string expiresAt)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(TokenFile)!);
        await File.WriteAllTextAsync(TokenFile, $$"""
            {
              "{{issuer}}":
                { "client_id": "authly-cli", "access_token": "kept", "expires_at": "{{expiresAt}}", "refresh_token": "kept too" }
            }
            """);
    }

    /// <summary>What a command tells a program.</summary>
    public async Task<string> TellAsync(params string[] words)
    {
        var (exit, output, error) = await RunAsync([.. words, "--output", "json"]);
        Assert.Equal((0, ""), (exit, error));
        return output;
    }

    /// <summary>Begins to sign in, and does not end it.</summary>
    /// <returns>The command, and where the browser is to go.</returns>
    public async Task<(Process Login, string Url)> LoginAsync(params string[] words)
    {
        var login = Start(["login", "--no-browser", .. words]);
        var said = "";
        while (await login.StandardError.ReadLineAsync() is { } line)
        {
            said += line + '\n';
            if (Regex.Match(line, @"^  (http\S+)$") is { Success: true } url)
                return (login, url.Groups[1].Value);
        }

        throw new InvalidOperationException($"It named no address:\n{said}");
    }

    /// <summary>Starts a command, whose standard input stays open.</summary>
    public Process Start(params string[] words)
    {
        string[] command = [.. ProgramFile.Command, .. words];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_CONFIG_HOME"] = _folder.FullName;
        start.Environment["AUTHLY_SERVER"] = server;
        return Process.Start(start)!;
    }

    /// <summary>How a command that was begun ends.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process command)
    {
        using (command)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await using var kill = limit.Token.Register(() => command.Kill());
            var (output, error) = (command.StandardOutput.ReadToEndAsync(), command.StandardError.ReadToEndAsync());
            await command.WaitForExitAsync();
            return (command.ExitCode, await output, await error);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
