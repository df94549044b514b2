using System.Data.Common;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// One JSON object a line, so that no line break in a request's text forges an entry, with the trace and the feature it belongs to. Threat:
/// an exception's message may quote what a client sent or where the database lives, and a scope holds the raw path, so neither is written:
/// an exception is its types and its stack.
/// </summary>
internal sealed class JsonLog(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "authly";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", time.GetUtcNow().UtcDateTime);
            json.WriteString("level", entry.LogLevel.ToString());
            json.WriteString("category", entry.Category);
            json.WriteString("message", entry.Formatter(entry.State, null));
            if (Activity.Current is { } activity)
            {
                json.WriteString("trace_id", activity.TraceId.ToHexString());
                json.WriteString("span_id", activity.SpanId.ToHexString());
            }

            if (Tracing.CurrentFeature is { } feature)
                json.WriteString("feature", feature);
            WriteFields(json, entry.State);
            if (entry.Exception is { } exception)
                WriteException(json, exception);
            json.WriteEndObject();
        }

        writer.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteFields<TState>(Utf8JsonWriter json, TState state)
    {
        if (state is not IEnumerable<KeyValuePair<string, object?>> fields)
            return;
        foreach (var (name, value) in fields)
        {
            switch (value)
            {
                case null:
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case double number:
                    json.WriteNumber(name, number);
                    break;
                default:
                    if (name != "{OriginalFormat}")
                        json.WriteString(name, value.ToString());
                    break;
            }
        }
    }

    private static void WriteException(Utf8JsonWriter json, Exception exception)
    {
        json.WriteStartArray("exceptions");
        for (var current = exception; current is not null; current = current.InnerException)
        {
            json.WriteStartObject();
            json.WriteString("type", current.GetType().FullName);
            if (current is DbException { SqlState: { } state })
                json.WriteString("sql_state", state);
            json.WriteString("stack", current.StackTrace);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
