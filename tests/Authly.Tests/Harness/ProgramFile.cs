using System.Diagnostics;

namespace Authly.Tests.Harness;

/// <summary>The program: the published one that <c>AUTHLY_TEST_PROGRAM</c> names, or the one that was built beside these tests.</summary>
internal static class ProgramFile
{
    /// <summary>The words that start it.</summary>
    public static IReadOnlyList<string> Command { get; } =
        Environment.GetEnvironmentVariable("AUTHLY_TEST_PROGRAM") is { Length: > 0 } published ? [published] : ["dotnet", Path.Combine(
            AuthlyServer.Repository, "src", "Authly", "bin", new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name,
            "net10.0", "Authly.dll")];

    /// <summary>Runs a command line to its end, in a folder, with exactly these settings beside the environment of the tests.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string folder, IReadOnlyDictionary<string, string> settings, params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return (process.ExitCode, await output, await error);
    }

    public static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Authly.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The repository was not found above the test's folder.");
    }
}
