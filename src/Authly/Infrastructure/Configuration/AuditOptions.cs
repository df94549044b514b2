namespace Authly.Infrastructure.Configuration;

/// <summary>What the audit log keeps, and for how long.</summary>
internal sealed class AuditOptions
{
    /// <summary>How long a row is kept that is written from now on; zero for ever.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    public AuditedGrants Grants { get; set; }

    /// <summary>When a row ends that is written now; null for never.</summary>
    public DateTime? ExpiryOf(DateTime written) => Retention == TimeSpan.Zero ? null : written + Retention;
}

internal enum AuditedGrants
{
    /// <summary>Those that begin with a person.</summary>
    People,

    /// <summary>Also refreshes and what clients get for themselves.</summary>
    All,
}
