using System.Diagnostics;
using System.Net;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Persistence;

/// <summary>Rows of the audit log, for <see cref="AuditLog"/> and for a writer with a transaction of its own.</summary>
internal sealed class AuditRows(
    SecurityEvents events, Instruments instruments, AuthlyOptions options, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>Where the current request comes from.</summary>
    public IPAddress? Address => NetworkAddress.Unmapped(http.HttpContext?.Connection.RemoteIpAddress);

    public AuditEvent Of(AuditEntry entry, int folded = 0)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new AuditEvent
        {
            At = now,
            ExpiresAt = options.Audit.ExpiryOf(now),
            Event = Label<SecurityEventType>.Of(entry.Happened.Type),
            Outcome = Label<EventOutcome>.Of(entry.Happened.Outcome),
            ActorKind = Label<ActorKind>.Of(entry.Kind),
            Actor = entry.Actor,
            Subject = entry.Subject,
            ClientId = entry.ClientId,
            Address = Address?.ToString(),
            TraceId = Activity.Current?.TraceId.ToString(),
            Detail = entry.Detail,
            Folded = folded,
        };
    }

    /// <summary>To be called when the row is committed.</summary>
    public void Recorded(AuditEntry entry)
    {
        events.Report(entry.Happened);
        instruments.Audited(AuditWrite.Recorded);
    }
}
