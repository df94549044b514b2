using System.Diagnostics;
using System.Text.Json;

namespace Authly.Tests.Harness;

/// <summary>The command line of a database that servers may be running on.</summary>
public static class CommandLines
{
    /// <summary>What a command tells a program.</summary>
    public static async Task<JsonElement> TellAsync(this SharedDatabase shared, params string[] words)
    {
        var (exit, output, error) = await shared.RunAsync([.. words, "--output", "json"]);
        Assert.Equal((0, ""), (exit, error));
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>Makes the database as an operator does.</summary>
    public static async Task MigrateAsync(this SharedDatabase shared) =>
        Assert.Equal((0, "The database is of this version.\n", ""), await shared.RunAsync("migrate"));

    /// <summary>The one line that a command ends with where it refuses.</summary>
    public static async Task<string> RefusedAsync(this SharedDatabase shared, params string[] words)
    {
        var (exit, output, error) = await shared.RunAsync(words);
        Assert.Equal((1, ""), (exit, output));
        return Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Waits until something is so, as instances hear of it: at once on PostgreSQL, within a second on SQLite.</summary>
    public static async Task SoonAsync(Func<Task<bool>> isSo)
    {
        for (var started = Stopwatch.GetTimestamp(); !await isSo();)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3), "After 3 s it is not so.");
            await Task.Delay(50);
        }
    }
}
