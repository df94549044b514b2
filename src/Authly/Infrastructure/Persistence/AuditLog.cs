using Authly.Infrastructure.Observability;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Authly.Infrastructure.Persistence;

/// <summary>What happened, and to whom.</summary>
/// <param name="Actor">The subject or client id of who did it; null where the kind says all.</param>
internal sealed record AuditEntry(SecurityEvent Happened, ActorKind Kind, string? Actor = null)
{
    public string? Subject { get; init; }

    /// <summary>A registered client's. Threat: any other text is the sender's.</summary>
    public string? ClientId { get; init; }

    public string? Detail { get; init; }

    /// <summary>A person did it with an account of their own.</summary>
    public static AuditEntry ByPerson(SecurityEvent happened, Guid userId, string? clientId = null) =>
        new(happened, ActorKind.Person, userId.ToString()) { Subject = userId.ToString(), ClientId = clientId };

    public static AuditEntry ByClient(SecurityEvent happened, string? clientId, string? subject) =>
        new(happened, ActorKind.Client, clientId) { Subject = subject, ClientId = clientId };
}

/// <summary>
/// The one door to the audit log. What gives something (a session, a consent, a token, a password, a key) is written in the transaction
/// of what it records, and does not happen without its row. What takes something away, and what was refused, does not wait for its row.
/// </summary>
internal sealed class AuditLog(
    AuthlyDbContext context, AuditRows rows, AuditFolding folding, SecurityEvents events, Instruments instruments,
    ILogger<AuditLog> logger)
{
    /// <summary>Writes the row in a transaction and commits that; where either fails, nothing has happened.</summary>
    public Task CommitAsync(IDbContextTransaction transaction, AuditEntry entry, CancellationToken cancellationToken) =>
        CommitAsync(transaction, [entry], cancellationToken);

    public async Task CommitAsync(
        IDbContextTransaction transaction, IReadOnlyCollection<AuditEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var entry in entries)
                await InsertAsync(rows.Of(entry), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        // Whoever hangs up has not harmed the log, and rings no alert.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            instruments.Audited(AuditWrite.Failed);
            throw;
        }

        foreach (var entry in entries)
            rows.Recorded(entry);
    }

    /// <summary>
    /// Writes the row of what has happened already: where that fails, the answer stays the same. Not cancellable: else whoever hangs up
    /// leaves no trace.
    /// </summary>
    public async Task RecordAsync(AuditEntry entry)
    {
        events.Report(entry.Happened);
        var folded = 0;
        // Threat: a flood must not fill the disk. All else costs whoever does it a sign-in, a code or a token each time.
        var isCheap = entry.Kind == ActorKind.Anonymous || entry.Happened.Severity is not null;
        if (isCheap && !folding.TryPass(entry.Happened, rows.Address, out folded))
        {
            instruments.Audited(AuditWrite.Folded);
            return;
        }

        try
        {
            await InsertAsync(rows.Of(entry, folded), CancellationToken.None);
            instruments.Audited(AuditWrite.Recorded);
        }
        catch (Exception exception)
        {
            instruments.Audited(AuditWrite.Failed);
            logger.LogWarning("An event is missing in the audit log, {EventType}: {Fault}", Label<SecurityEventType>
                .Of(entry.Happened.Type), exception.GetBaseException().GetType().Name);
        }
    }

    // Not by the change tracker: what else a request has in it is not this one's to save.
    private Task<int> InsertAsync(AuditEvent row, CancellationToken cancellationToken) => context.Database.ExecuteSqlAsync($"""
        insert into audit_events ("Id", "At", "ExpiresAt", "Event", "Outcome", "ActorKind", "Actor", "Subject", "ClientId", "Address",
          "TraceId", "Detail", "Folded")
        values ({row.Id}, {row.At}, {row.ExpiresAt}, {row.Event}, {row.Outcome}, {row.ActorKind}, {row.Actor}, {row.Subject},
          {row.ClientId}, {row.Address}, {row.TraceId}, {row.Detail}, {row.Folded})
        """, cancellationToken);
}
