using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>What a broken set-up prints is what the guide's table says: one line, and no stack trace.</summary>
public sealed partial class StartFaultTests
{
    private const int AtOnce = 4;

    [Fact]
    public async Task Each_broken_set_up_of_the_guide_ends_with_the_line_that_the_guide_says_and_exit_code_1()
    {
        var guide = await File.ReadAllTextAsync(
            Path.Combine(AuthlyServer.Repository, "docs", "troubleshooting-guide.md"), TestContext.Current.CancellationToken);
        var rows = RowPattern().Matches(guide.Split("## It does not start")[1].Split("\n## ")[0]).ToList();
        Assert.True(rows.Count >= 30, $"There are {rows.Count} set-ups.");

        using var broken = new BrokenSetUps();
        using var turns = new SemaphoreSlim(AtOnce);
        var faults = await Task.WhenAll(rows.Select(async row =>
        {
            await turns.WaitAsync();
            try
            {
                return await CheckAsync(broken, row.Groups[2].Value, row.Groups[3].Value);
            }
            finally
            {
                turns.Release();
            }
        }));
        Assert.True(faults.All(fault => fault is null), string.Join('\n', faults.OfType<string>()));
    }

    private static async Task<string?> CheckAsync(BrokenSetUps broken, string cell, string documented)
    {
        var spans = CodePattern().Matches(broken.Fill(cell)).Select(match => match.Groups[1].Value).ToList();
        var words = spans.SingleOrDefault(span => span.StartsWith("authly ", StringComparison.Ordinal))?.Split(' ')[1..];
        var (exit, output) = await RunAsync(broken.Folder, spans.Where(span => span.Contains('=', StringComparison.Ordinal)), words ?? []);
        var line = broken.Fill(documented.Trim('`'));
        var expected = words is null ? $"Authly cannot start:\n  - {line}\nEvery setting is described in docs/configuration.md.\n"
            : $"{line}\n";
        var pattern = $"^{Regex.Escape(expected).Replace("…", "[^\n]*", StringComparison.Ordinal)}$";
        return exit == 1 && Regex.IsMatch(output, pattern) ? null
            : $"{cell}\n  is to print\n{expected}  and printed, with exit code {exit},\n{output}";
    }

    private static async Task<(int Exit, string Error)> RunAsync(string folder, IEnumerable<string> settings, string[] words)
    {
        string[] command = [.. ProgramFile.Command, .. words];
        // A file that only root may read says nothing to root.
        if (settings.Any(setting => setting.Contains("locked", StringComparison.Ordinal)) && Environment.UserName == "root")
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", .. command];
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["HOME"] = folder,
            ["Urls"] = $"http://127.0.0.1:{Network.FreePort()}",
            ["Authly__Issuer"] = "https://login.example.com",
            ["Authly__Metrics__Port"] = "0",
            ["Authly__DatabaseStartupTimeout"] = "00:00:00",
            ["Authly__KeyEncryption__Key"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Authly__DataFolder"] = $"data-{Guid.NewGuid():N}",
            ["ConnectionStrings__Authly"] = $"Data Source={Guid.NewGuid():N}.db",
        };
        foreach (var setting in settings)
            environment[setting.Split('=')[0]] = setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..];
        var (exit, output, error) = await ProgramFile.RunAsync(folder, environment, command);
        // What it logs before it ends is not what it says, but for a stack trace.
        return (exit, error + (output.Contains("   at ", StringComparison.Ordinal) ? output : ""));
    }

    [GeneratedRegex(@"^\| ([^|]+) \| ([^|]*`[^|]+`) \| (`[^\n]+`) \|$", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodePattern();
}
