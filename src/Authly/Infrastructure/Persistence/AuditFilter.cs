using Authly.Infrastructure.Observability;

namespace Authly.Infrastructure.Persistence;

/// <summary>Which events of the audit log somebody looks for; null is all.</summary>
/// <param name="Since">Not before this time.</param>
/// <param name="Until">Before this time.</param>
/// <param name="Event">One kind, by its name in metrics.</param>
/// <param name="Outcome"><c>success</c> or <c>failure</c>.</param>
internal sealed record AuditFilter(
    DateTime? Since, DateTime? Until, string? Event, string? Outcome, string? Subject, string? ClientId)
{
    /// <summary>The first that names what there is not: <c>event</c> or <c>outcome</c>.</summary>
    public string? Unknown => Event is not null && !Label<SecurityEventType>.Has(Event) ? "event"
        : Outcome is not null && !Label<EventOutcome>.Has(Outcome) ? "outcome" : null;

    public IQueryable<AuditEvent> Of(IQueryable<AuditEvent> events)
    {
        if (Utc(Since) is { } since)
            events = events.Where(entry => entry.At >= since);
        if (Utc(Until) is { } until)
            events = events.Where(entry => entry.At < until);
        if (Event is not null)
            events = events.Where(entry => entry.Event == Event);
        if (Outcome is not null)
            events = events.Where(entry => entry.Outcome == Outcome);
        if (Subject is not null)
            events = events.Where(entry => entry.Subject == Subject);
        if (ClientId is not null)
            events = events.Where(entry => entry.ClientId == ClientId);
        return events;
    }

    // PostgreSQL is asked for nothing else.
    private static DateTime? Utc(DateTime? time) => time switch
    {
        { Kind: DateTimeKind.Unspecified } bare => DateTime.SpecifyKind(bare, DateTimeKind.Utc),
        { } given => given.ToUniversalTime(),
        null => null,
    };
}
