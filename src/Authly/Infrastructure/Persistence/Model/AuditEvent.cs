using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Authly.Infrastructure.Persistence;

/// <summary>A row of the audit log. It is written once: the database refuses to change it, and to delete it before it ends.</summary>
internal sealed class AuditEvent
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public DateTime At { get; init; }

    /// <summary>When pruning may delete it; null for never.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>The event's name, as metrics have it.</summary>
    public required string Event { get; init; }

    public required string Outcome { get; init; }

    /// <summary>What sort of actor it was.</summary>
    public required string ActorKind { get; init; }

    /// <summary>The subject of the person, or the id of the client, that acted; null for others.</summary>
    public string? Actor { get; init; }

    /// <summary>The subject of the person whom it concerns. No username, and nothing that somebody typed as one.</summary>
    public string? Subject { get; init; }

    /// <summary>The registered client that it concerns.</summary>
    public string? ClientId { get; init; }

    /// <summary>The network address that the request came from.</summary>
    public string? Address { get; init; }

    /// <summary>The request's W3C trace id.</summary>
    public string? TraceId { get; init; }

    /// <summary>The reason, the grant, or the keys.</summary>
    public string? Detail { get; init; }

    /// <summary>How many events of the same kind and network had no row of their own since the last that had.</summary>
    public int Folded { get; init; }
}

internal sealed class AuditEventTable : IEntityTypeConfiguration<AuditEvent>
{
    public void Configure(EntityTypeBuilder<AuditEvent> builder)
    {
        builder.ToTable("audit_events");
        // Threat: these hold the rows without a person or client too, else the time would tell which of them exist.
        builder.HasIndex(entity => entity.At);
        builder.HasIndex(entity => new { entity.Subject, entity.At });
        builder.HasIndex(entity => new { entity.ClientId, entity.At });
        builder.HasIndex(entity => entity.ExpiresAt);
    }
}
