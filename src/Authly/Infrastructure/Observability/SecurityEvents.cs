namespace Authly.Infrastructure.Observability;

/// <summary>Something that an operator who watches for attacks wants to see: enums only, so that it can hold nobody's data.</summary>
internal sealed record SecurityEvent(SecurityEventType Type, Severity Severity)
{
    public static SecurityEvent RefreshTokenReuse { get; } = new(SecurityEventType.RefreshTokenReuse, Severity.Critical);

    /// <summary>A used refresh token came back in its grace and was answered with its successor.</summary>
    public static SecurityEvent RefreshTokenGrace { get; } = new(SecurityEventType.RefreshTokenGrace, Severity.Info);

    public static SecurityEvent CodeReplay { get; } = new(SecurityEventType.CodeReplay, Severity.Critical);

    public static SecurityEvent PkceFailed { get; } = new(SecurityEventType.PkceFailed, Severity.Warning);

    public static SecurityEvent RedirectMismatch { get; } = new(SecurityEventType.RedirectMismatch, Severity.Warning);

    public static SecurityEvent ClientAuthFailed { get; } = new(SecurityEventType.ClientAuthFailed, Severity.Warning);

    public static SecurityEvent SignInThrottled { get; } = new(SecurityEventType.SignInThrottled, Severity.Warning);

    public static SecurityEvent CsrfFailed { get; } = new(SecurityEventType.CsrfFailed, Severity.Warning);
}

/// <summary>Counts security events, and says each in the log at its own severity.</summary>
internal sealed class SecurityEvents(Instruments instruments, ILogger<SecurityEvents> logger)
{
    public void Report(SecurityEvent happened)
    {
        instruments.SecurityEventHappened(happened.Type, happened.Severity);
        var level = happened.Severity switch
        {
            Severity.Critical => LogLevel.Critical,
            Severity.Warning => LogLevel.Warning,
            _ => LogLevel.Information,
        };
        logger.Log(level, "Security event {EventType}, {Severity}", Label<SecurityEventType>.Of(happened.Type), Label<Severity>
            .Of(happened.Severity));
    }
}
