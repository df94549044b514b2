using Authly.Tests.Harness;
using Snapshooter;
using Snapshooter.Xunit3;

namespace Authly.Tests.Golden;

/// <summary>
/// Compares text with a file beside this one. After a change that is meant, delete the file, run the test once without
/// <c>CI=true</c>, and read the difference.
/// </summary>
internal static class GoldenFile
{
    private static readonly string Folder = Path.Combine(AuthlyServer.Repository, "tests", "Authly.Tests", "Golden");

    public static void Match(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.True(File.Exists(Path.Combine(Folder, "__snapshots__", name)), $"There is no golden file {name}.");
        Snapshot.Match(text.ReplaceLineEndings("\n"), new SnapshotFullName(name, Folder));
    }
}
