using Authly.Tests.Harness;

namespace Authly.Tests.Architecture;

/// <summary>No line of code is wider than 140 columns, and no source file longer than 150 lines, but generated ones.</summary>
public sealed class SizeRules
{
    private const int MostColumns = 140;
    private const int MostLines = 150;

    private static readonly string[] Code = [".cs", ".cshtml", ".css", ".js", ".mjs", ".ts"];
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "Migrations", "TestResults", "artifacts"];

    public static TheoryData<string> Files => [.. new[] { "src", "tests", "bench" }.SelectMany(folder =>
        FilesBelow(Path.Combine(AuthlyServer.Repository, folder)).Select(file => Path.GetRelativePath(AuthlyServer.Repository, file)))];

    [Theory, MemberData(nameof(Files))]
    public void A_file_fits(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AuthlyServer.Repository, file));
        Assert.True(lines.Length <= MostLines, $"{file} has {lines.Length} lines: what two things is it?");
        var wide = lines.Index().Where(line => line.Item.Length > MostColumns).Select(line => line.Index + 1).ToList();
        Assert.True(wide.Count == 0, $"{file} is wider than {MostColumns} columns in line {string.Join(", ", wide)}");
    }

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => Code.Contains(Path.GetExtension(file)))
        .Concat(Directory.EnumerateDirectories(folder).Where(inner => !NotOurs.Contains(Path.GetFileName(inner))).SelectMany(FilesBelow));
}
