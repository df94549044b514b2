using System.Diagnostics;

namespace Authly.Tests.Harness;

/// <summary>What tests of signing keys do to a server, its database and its command line.</summary>
public static class Keys
{
    public static async Task<IReadOnlyList<string>> KeyIdsAsync(this AuthlyServer server) =>
        [.. (await server.GetAsync("/.well-known/jwks.json")).Json.GetProperty("keys").EnumerateArray()
            .Select(key => key.GetProperty("kid").GetString()!)];

    public static string KeyIdOf(string jwt) => Jwt.Header(jwt).GetProperty("kid").GetString()!;

    /// <summary>Waits until a server publishes what is expected, and says how long that took.</summary>
    public static async Task<TimeSpan> WaitForKeysAsync(this AuthlyServer server, Func<IReadOnlyList<string>, bool> expected, TimeSpan most)
    {
        var started = Stopwatch.GetTimestamp();
        while (!expected(await server.KeyIdsAsync()))
        {
            Assert.True(
                Stopwatch.GetElapsedTime(started) < most,
                $"After {most} the server publishes {string.Join(' ', await server.KeyIdsAsync())}.\n{server.Output}");
            await Task.Delay(50);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Runs <c>authly keys ...</c>.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(
        IReadOnlyDictionary<string, string> settings, params string[] words) =>
        ProgramFile.RunAsync(Path.Combine(AuthlyServer.Repository, "src", "Authly"),
            new Dictionary<string, string>(settings)
            {
                ["ASPNETCORE_ENVIRONMENT"] = settings.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? "Development",
            },
            [.. ProgramFile.Command, .. words]);
}
