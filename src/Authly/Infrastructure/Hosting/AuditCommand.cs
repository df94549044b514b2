using System.Globalization;
using System.Text.Json;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Hosting;

/// <summary>Lists the audit log, or exports it.</summary>
internal sealed class AuditCommand : IVerb
{
    private const int DefaultLimit = 50;

    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static VerbDeclaration Declaration { get; } =
        new("audit", "List the newest events of the audit log, the newest first, or export it, the oldest first.");

    public static void Define(VerbBuilder verb)
    {
        var isExport = verb.Option<bool>("--json", "Export all events as JSON lines, the oldest first.");
        var since = verb.Option<string?>("--since", "Not before this time: 2026-11-30, 2026-11-30T08:00:00Z, or 12h, 7d for as long ago.");
        var until = verb.Option<string?>("--until", "Before this time.");
        var happened = verb.Option<string?>("--event", "One kind of event, as in sign_in_failed; docs/audit-guide.md lists them.");
        var subject = verb.Option<string?>("--subject", "Of one person, by the subject that tokens say.");
        var client = verb.Option<string?>("--client", "Of one client.");
        var outcome = verb.Option<string?>("--outcome", "success or failure.");
        var limit = verb.Option<string?>("--limit", "The newest so many; 50 unless given for the list, all for the export.");
        verb.UsesDatabase(async (services, input, cancellationToken) =>
        {
            var database = services.GetRequiredService<AuthlyDbContext>();
            database.Database.SetCommandTimeout(DatabaseTimeouts.Background);
            var filter = new Filter(input.GetValue(since), input.GetValue(until), input.GetValue(happened), input.GetValue(subject),
                input.GetValue(client), input.GetValue(outcome));
            var matching = filter.Of(database.AuditEvents.AsNoTracking(), services.GetRequiredService<TimeProvider>());
            if (input.GetValue(isExport))
                await ExportAsync(matching, LimitOf(input.GetValue(limit)));
            else
                await ListAsync(Newest(matching, LimitOf(input.GetValue(limit)) ?? DefaultLimit));
        });
    }

    private sealed record Filter(string? Since, string? Until, string? Event, string? Subject, string? Client, string? Outcome)
    {
        public IQueryable<AuditEvent> Of(IQueryable<AuditEvent> events, TimeProvider time)
        {
            if (Since is not null && TimeOf(Since, time) is var since)
                events = events.Where(entry => entry.At >= since);
            if (Until is not null && TimeOf(Until, time) is var until)
                events = events.Where(entry => entry.At < until);
            if (Event is not null && Known<SecurityEventType>(Event) is var happened)
                events = events.Where(entry => entry.Event == happened);
            if (Outcome is not null && Known<EventOutcome>(Outcome) is var outcome)
                events = events.Where(entry => entry.Outcome == outcome);
            if (Subject is not null)
                events = events.Where(entry => entry.Subject == Subject);
            if (Client is not null)
                events = events.Where(entry => entry.ClientId == Client);
            return events;
        }
    }

    private static IQueryable<AuditEvent> Newest(IQueryable<AuditEvent> events, int limit) =>
        events.OrderByDescending(entry => entry.At).ThenByDescending(entry => entry.Id).Take(limit);

    /// <summary>Row by row: the log may be larger than the memory.</summary>
    private static async Task ExportAsync(IQueryable<AuditEvent> events, int? limit)
    {
        var chosen = limit is { } most ? Newest(events, most) : events;
        await using var output = new StreamWriter(Console.OpenStandardOutput());
        await foreach (var entry in chosen.OrderBy(entry => entry.At).ThenBy(entry => entry.Id).AsAsyncEnumerable())
            await output.WriteLineAsync(JsonSerializer.Serialize(entry, Lines));
    }

    private static async Task ListAsync(IQueryable<AuditEvent> events)
    {
        List<string[]> rows = [["TIME", "EVENT", "OUTCOME", "ACTOR", "SUBJECT", "CLIENT", "ADDRESS", "DETAIL"]];
        await foreach (var entry in events.AsAsyncEnumerable())
        {
            rows.Add([
                TextTable.Spell(entry.At), entry.Event, entry.Outcome, entry.ActorKind, entry.Subject ?? "-", entry.ClientId ?? "-",
                entry.Address ?? "-", entry.Folded > 0 ? $"{entry.Detail} (+{entry.Folded} folded)" : entry.Detail ?? "",
            ]);
        }

        TextTable.Write(rows);
    }

    private static int? LimitOf(string? text) =>
        text is null ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit
            : throw new StartupException($"--limit {text} is not a count.");

    private static DateTime TimeOf(string text, TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (text.Length is > 1 and < 7 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            switch (text[^1])
            {
                case 'm': return now.AddMinutes(-count);
                case 'h': return now.AddHours(-count);
                case 'd': return now.AddDays(-count);
            }
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.UtcDateTime
            : throw new StartupException($"'{text}' is not a time: give 2026-11-30, 2026-11-30T08:00:00Z, or 12h or 7d for as long ago.");
    }

    private static string Known<T>(string text) where T : struct, Enum =>
        Enum.GetValues<T>().Select(Label<T>.Of).Contains(text) ? text
            : throw new StartupException($"There is no '{text}'. There are: {string.Join(", ", Enum.GetValues<T>().Select(Label<T>.Of))}.");
}
