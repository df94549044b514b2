using System.Globalization;
using Spectre.Console;

namespace Authly.Infrastructure.Hosting;

/// <summary>What a command lists, in columns: drawn for a terminal, and plain for a pipe or a file.</summary>
internal static class TextTable
{
    /// <param name="rows">The first names the columns.</param>
    public static void Write(IReadOnlyList<string[]> rows)
    {
        rows = [.. rows.Select(row => row.Select(Printable).ToArray())];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        if (!Console.IsOutputRedirected)
        {
            Draw(rows, widths);
            return;
        }

        foreach (var row in rows)
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    public static string Spell(IReadOnlyCollection<string> names) => names.Count > 0 ? string.Join(' ', names) : "-";

    public static string Spell(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void Draw(IReadOnlyList<string[]> rows, int[] widths)
    {
        const int Gap = 3;
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns([.. rows[0].Select(name => new TableColumn(new Text(name, new Style(decoration: Decoration.Bold))).NoWrap())]);
        foreach (var row in rows.Skip(1))
            table.AddRow(row.Select(cell => new Text(cell)));
        var console = AnsiConsole.Console;
        // What is wider goes on in the terminal's next line: cut or wrapped in its column, a secret could not be copied.
        console.Profile.Width = Math.Max(console.Profile.Width, widths.Sum(width => width + Gap) + Gap);
        console.Write(table);
    }

    /// <summary>Threat: what somebody else named so that it moves the cursor, or turns the line around, would show what is not.</summary>
    public static string Printable(string cell) => cell.All(IsPrintable) ? cell
        : string.Concat(cell.Select(letter => IsPrintable(letter) ? letter : '\uFFFD'));

    private static bool IsPrintable(char letter) => !char.IsControl(letter) && char.GetUnicodeCategory(letter)
        is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
