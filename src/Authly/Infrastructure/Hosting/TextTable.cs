using System.Globalization;

namespace Authly.Infrastructure.Hosting;

/// <summary>What a command lists, in columns.</summary>
internal static class TextTable
{
    /// <param name="rows">The first names the columns.</param>
    public static void Write(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    public static string Spell(IReadOnlyCollection<string> names) => names.Count > 0 ? string.Join(' ', names) : "-";

    public static string Spell(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
