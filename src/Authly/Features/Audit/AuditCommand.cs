using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using MediatR;

namespace Authly.Features.Audit;

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
        verb.Asks(async (mediator, input, cancellationToken) =>
        {
            var filter = new AuditFilter(TimeOf(input.GetValue(since)), TimeOf(input.GetValue(until)),
                Known<SecurityEventType>(input.GetValue(happened)), Known<EventOutcome>(input.GetValue(outcome)), input.GetValue(subject),
                input.GetValue(client));
            var most = LimitOf(input.GetValue(limit));
            if (!input.GetValue(isExport))
                List(await NewestAsync(mediator, filter, most ?? DefaultLimit, cancellationToken));
            else if (most is { } newest)
                Export((await NewestAsync(mediator, filter, newest, cancellationToken)).Reverse());
            else
                await foreach (var page in PagesAsync(mediator, filter, isOldestFirst: true, cancellationToken))
                    Export(page);
            return 0;
        });
    }

    private static async Task<IReadOnlyList<ListAuditEvents.Item>> NewestAsync(
        IMediator mediator, AuditFilter filter, int limit, CancellationToken cancellationToken)
    {
        List<ListAuditEvents.Item> newest = [];
        await foreach (var page in PagesAsync(mediator, filter, isOldestFirst: false, cancellationToken))
        {
            newest.AddRange(page.Take(limit - newest.Count));
            if (newest.Count == limit)
                break;
        }

        return newest;
    }

    /// <summary>Page by page: the log may be larger than the memory.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<ListAuditEvents.Item>> PagesAsync(
        IMediator mediator, AuditFilter filter, bool isOldestFirst, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Guid? after = null;
        do
        {
            var page = await mediator.Send(new ListAuditEvents.Query(filter, after, PageSize.Most, isOldestFirst), cancellationToken);
            yield return page.Events;
            after = page.Next;
        }
        while (after is not null);
    }

    private static void Export(IEnumerable<ListAuditEvents.Item> events)
    {
        foreach (var entry in events)
            Console.Out.WriteLine(JsonSerializer.Serialize(entry, Lines));
    }

    private static void List(IEnumerable<ListAuditEvents.Item> events) => TextTable.Write(
    [
        ["TIME", "EVENT", "OUTCOME", "ACTOR", "SUBJECT", "CLIENT", "ADDRESS", "DETAIL"],
        .. events.Select(entry => new[]
        {
            TextTable.Spell(entry.At), entry.Event, entry.Outcome, entry.ActorKind, entry.Subject ?? "-", entry.ClientId ?? "-",
            entry.Address ?? "-", entry.Folded > 0 ? $"{entry.Detail} (+{entry.Folded} folded)" : entry.Detail ?? "",
        }),
    ]);

    private static int? LimitOf(string? text) =>
        text is null ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit
            : throw new StartupException($"--limit {text} is not a count.");

    private static DateTime? TimeOf(string? text)
    {
        if (text is null)
            return null;
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
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

    private static string? Known<T>(string? text) where T : struct, Enum =>
        text is null || Label<T>.Has(text) ? text
            : throw new StartupException($"There is no '{text}'. There are: {string.Join(", ", Enum.GetValues<T>().Select(Label<T>.Of))}.");
}
