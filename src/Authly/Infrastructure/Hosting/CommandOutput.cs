using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Authly.Infrastructure.Hosting;

internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>What a command tells: a table for people, or JSON for programs.</summary>
internal sealed class CommandOutput(OutputFormat format)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public bool IsJson => format == OutputFormat.Json;

    /// <summary>What the program ends with.</summary>
    public int ExitCode { get; set; }

    /// <param name="value">What JSON says.</param>
    /// <param name="rows">What the table says; the first row names the columns.</param>
    /// <param name="next">Where the next page begins; null where there is none.</param>
    public void Write<T>(T value, Func<IReadOnlyList<string[]>> rows, string? next = null)
    {
        if (TryWriteJson(value))
            return;
        TextTable.Write(rows());
        // Not among the rows: a program may be reading them.
        if (next is not null)
            Console.Error.WriteLine($"There are more: --after {next}");
    }

    /// <param name="value">What JSON says.</param>
    /// <param name="lines">What people are told.</param>
    public void Say<T>(T value, params IEnumerable<string> lines)
    {
        if (TryWriteJson(value))
            return;
        foreach (var line in lines)
            Console.WriteLine(TextTable.Printable(line));
    }

    private bool TryWriteJson<T>(T value)
    {
        if (!IsJson)
            return false;
        Console.WriteLine(JsonSerializer.Serialize(value, Json));
        return true;
    }
}
