namespace Authly.Infrastructure.Observability;

/// <summary>
/// What an operator or an auditor wants to know of, each declared once: the audit log has a row of it, and what has a severity is also
/// counted and logged. Enums only, so that it can hold nobody's data.
/// </summary>
/// <param name="Severity">Null where it is part of an ordinary day.</param>
internal sealed record SecurityEvent(SecurityEventType Type, Severity? Severity = null, EventOutcome Outcome = EventOutcome.Success)
{
    public static SecurityEvent RefreshTokenReuse { get; } = Attack(SecurityEventType.RefreshTokenReuse, Observability.Severity.Critical);

    /// <summary>A used refresh token came back in its grace and was answered with its successor.</summary>
    public static SecurityEvent RefreshTokenGrace { get; } = new(SecurityEventType.RefreshTokenGrace, Observability.Severity.Info);

    public static SecurityEvent CodeReplay { get; } = Attack(SecurityEventType.CodeReplay, Observability.Severity.Critical);

    public static SecurityEvent PkceFailed { get; } = Attack(SecurityEventType.PkceFailed, Observability.Severity.Warning);

    public static SecurityEvent RedirectMismatch { get; } = Attack(SecurityEventType.RedirectMismatch, Observability.Severity.Warning);

    public static SecurityEvent ClientAuthFailed { get; } = Attack(SecurityEventType.ClientAuthFailed, Observability.Severity.Warning);

    public static SecurityEvent SignInThrottled { get; } = Attack(SecurityEventType.SignInThrottled, Observability.Severity.Warning);

    public static SecurityEvent CsrfFailed { get; } = Attack(SecurityEventType.CsrfFailed, Observability.Severity.Warning);

    /// <summary>Somebody known wanted to administer what they may not.</summary>
    public static SecurityEvent AdministrationRefused { get; } =
        Attack(SecurityEventType.AdministrationRefused, Observability.Severity.Warning);

    public static SecurityEvent SignIn { get; } = new(SecurityEventType.SignIn);

    public static SecurityEvent SignInFailed { get; } = new(SecurityEventType.SignInFailed, Outcome: EventOutcome.Failure);

    public static SecurityEvent SignOut { get; } = new(SecurityEventType.SignOut);

    public static SecurityEvent PasswordChanged { get; } = new(SecurityEventType.PasswordChanged);

    public static SecurityEvent ConsentGranted { get; } = new(SecurityEventType.ConsentGranted);

    public static SecurityEvent ConsentDenied { get; } = new(SecurityEventType.ConsentDenied, Outcome: EventOutcome.Failure);

    public static SecurityEvent ConsentRevoked { get; } = new(SecurityEventType.ConsentRevoked);

    public static SecurityEvent TokenGranted { get; } = new(SecurityEventType.TokenGranted);

    public static SecurityEvent TokenRevoked { get; } = new(SecurityEventType.TokenRevoked);

    public static SecurityEvent SigningKeysRotated { get; } = new(SecurityEventType.SigningKeysRotated);

    public static SecurityEvent SigningKeysWithdrawn { get; } = new(SecurityEventType.SigningKeysWithdrawn);

    public static SecurityEvent KeysReencrypted { get; } = new(SecurityEventType.KeysReencrypted);

    public static SecurityEvent ClientCreated { get; } = new(SecurityEventType.ClientCreated);

    public static SecurityEvent ClientChanged { get; } = new(SecurityEventType.ClientChanged);

    public static SecurityEvent ClientDisabled { get; } = new(SecurityEventType.ClientDisabled);

    public static SecurityEvent ClientEnabled { get; } = new(SecurityEventType.ClientEnabled);

    public static SecurityEvent ClientSecretRotated { get; } = new(SecurityEventType.ClientSecretRotated);

    public static SecurityEvent ClientDeleted { get; } = new(SecurityEventType.ClientDeleted);

    public static SecurityEvent ScopeCreated { get; } = new(SecurityEventType.ScopeCreated);

    public static SecurityEvent ScopeChanged { get; } = new(SecurityEventType.ScopeChanged);

    public static SecurityEvent ScopeDeleted { get; } = new(SecurityEventType.ScopeDeleted);

    public static SecurityEvent PersonCreated { get; } = new(SecurityEventType.PersonCreated);

    public static SecurityEvent PersonChanged { get; } = new(SecurityEventType.PersonChanged);

    public static SecurityEvent PersonDeleted { get; } = new(SecurityEventType.PersonDeleted);

    public static SecurityEvent GrantsRevoked { get; } = new(SecurityEventType.GrantsRevoked);

    public static SecurityEvent SessionsEnded { get; } = new(SecurityEventType.SessionsEnded);

    public static SecurityEvent PersonDisabled { get; } = new(SecurityEventType.PersonDisabled);

    public static SecurityEvent PersonEnabled { get; } = new(SecurityEventType.PersonEnabled);

    public static SecurityEvent PasswordReset { get; } = new(SecurityEventType.PasswordReset);

    private static SecurityEvent Attack(SecurityEventType type, Severity severity) => new(type, severity, EventOutcome.Failure);
}

/// <summary>Whether what was wanted was done.</summary>
internal enum EventOutcome
{
    Success,
    Failure,
}

/// <summary>Who did it.</summary>
internal enum ActorKind
{
    /// <summary>Somebody who has not proven who they are.</summary>
    Anonymous,
    Person,
    Client,

    /// <summary>Somebody at the command line.</summary>
    Operator,

    /// <summary>Authly itself, in the background.</summary>
    System,
}

/// <summary>Counts security events, and says each in the log at its own severity.</summary>
internal sealed class SecurityEvents(Instruments instruments, ILogger<SecurityEvents> logger)
{
    public void Report(SecurityEvent happened)
    {
        if (happened.Severity is not { } severity)
            return;
        instruments.SecurityEventHappened(happened.Type, severity);
        var level = severity switch
        {
            Severity.Critical => LogLevel.Critical,
            Severity.Warning => LogLevel.Warning,
            _ => LogLevel.Information,
        };
        logger.Log(level, "Security event {EventType}, {Severity}", Label<SecurityEventType>.Of(happened.Type), Label<Severity>
            .Of(severity));
    }
}
