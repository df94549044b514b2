using System.Globalization;
using System.Text.Json;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Hosting;

/// <summary><c>authly audit</c>: lists the audit log, or exports it.</summary>
internal static class AuditCommand
{
    public const string Name = "audit";

    private const int DefaultLimit = 50;

    private const string Help = """
        authly audit          List the newest events, the newest first.
        authly audit --json   Export all events as JSON lines, the oldest first.

        --since TIME          Not before this time: 2026-11-30, 2026-11-30T08:00:00Z, or 12h, 7d for as long ago.
        --until TIME          Before this time.
        --event NAME          One kind of event, as in sign_in_failed; docs/audit-guide.md lists them.
        --subject SUB         Of one person, by the subject that tokens say.
        --client ID           Of one client.
        --outcome NAME        success or failure.
        --limit COUNT         The newest so many; 50 unless given for the list, all for the export.

        Settings come from where the server has its own: configuration files, environment, or --Authly:... behind the verb.
        """;

    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>The switches that take a value.</summary>
    public static IReadOnlyCollection<string> Options { get; } =
        ["--since", "--until", "--event", "--subject", "--client", "--outcome", "--limit"];

    public static async Task<int> RunAsync(CommandContext context)
    {
        if (context.Command.Words is ["help" or "--help"])
        {
            Console.WriteLine(Help);
            return 0;
        }

        if (context.Command.Words is not ([] or ["--json"]))
            throw new StartupException("There is no such command or switch; see: audit help.");
        return await context.WithDatabaseAsync(async scope =>
        {
            var database = scope.GetRequiredService<AuthlyDbContext>();
            database.Database.SetCommandTimeout(DatabaseTimeouts.Background);
            var matching = Filter(database.AuditEvents.AsNoTracking(), context.Command.Options, scope.GetRequiredService<TimeProvider>());
            if (context.Command.Words.Length > 0)
                await ExportAsync(matching, LimitOf(context.Command.Options));
            else
                await ListAsync(Newest(matching, LimitOf(context.Command.Options) ?? DefaultLimit));
        });
    }

    private static IQueryable<AuditEvent> Filter(
        IQueryable<AuditEvent> events, IReadOnlyDictionary<string, string> options, TimeProvider time)
    {
        if (options.TryGetValue("--since", out var text) && TimeOf(text, time) is var since)
            events = events.Where(entry => entry.At >= since);
        if (options.TryGetValue("--until", out text) && TimeOf(text, time) is var until)
            events = events.Where(entry => entry.At < until);
        if (options.TryGetValue("--event", out text) && Known<SecurityEventType>(text) is var happened)
            events = events.Where(entry => entry.Event == happened);
        if (options.TryGetValue("--outcome", out text) && Known<EventOutcome>(text) is var outcome)
            events = events.Where(entry => entry.Outcome == outcome);
        if (options.TryGetValue("--subject", out var subject))
            events = events.Where(entry => entry.Subject == subject);
        if (options.TryGetValue("--client", out var client))
            events = events.Where(entry => entry.ClientId == client);
        return events;
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

    private static int? LimitOf(IReadOnlyDictionary<string, string> options) =>
        !options.TryGetValue("--limit", out var text) ? null
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
