using System.Diagnostics.Metrics;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <content>Sign-ins, passwords, and what looks like an attack.</content>
internal sealed partial class Instruments
{
    private readonly Counter<long> _loginAttempts;
    private readonly Counter<long> _failedLoginAttempts;
    private readonly Counter<long> _throttled;
    private readonly Counter<long> _passwordOperations;
    private readonly Histogram<double> _passwordHash;
    private readonly Counter<long> _securityEvents;
    private readonly Counter<long> _auditEvents;

    public void LoginAttempted(LoginMethod method, LoginStatus status, LoginFailure? failure)
    {
        _loginAttempts.Add(1, Tag("method", Label<LoginMethod>.Of(method)), Tag("status", Label<LoginStatus>.Of(status)));
        if (failure is { } reason)
            _failedLoginAttempts.Add(1, Tag("reason", Label<LoginFailure>.Of(reason)));
    }

    /// <summary>A try to sign in that was not made, because too many had failed just before.</summary>
    public void SignInThrottled(ThrottleKind kind) => _throttled.Add(1, Tag("kind", Label<ThrottleKind>.Of(kind)));

    public void PasswordSet(PasswordOperation operation, ProtocolError? error) =>
        _passwordOperations.Add(
            1, Tag("operation", Label<PasswordOperation>.Of(operation)), Tag("status", error is null ? "success" : "failed"));

    public void PasswordHashed(PasswordHashOutcome outcome, TimeSpan duration) =>
        _passwordHash.Record(duration.TotalSeconds, Tag("algorithm", "argon2id"), Tag("outcome", Label<PasswordHashOutcome>.Of(outcome)));

    public void SecurityEventHappened(SecurityEventType type, Severity severity) =>
        _securityEvents.Add(1, Tag("event_type", Label<SecurityEventType>.Of(type)), Tag("severity", Label<Severity>.Of(severity)));

    public void Audited(AuditWrite outcome) => _auditEvents.Add(1, Tag("outcome", Label<AuditWrite>.Of(outcome)));
}

internal enum LoginMethod
{
    Password,
}

internal enum LoginStatus
{
    Success,
    Failed,
}

internal enum LoginFailure
{
    UnknownUser,
    WrongPassword,
    Disabled,
    Malformed,
    Unavailable,
    Throttled,
}

/// <summary>Whose failures were too many: one account's, by strangers or by a browser that it knows, or all those of an address.</summary>
internal enum ThrottleKind
{
    Account,
    Browser,
    Address,
}

internal enum PasswordOperation
{
    Change,
    Reset,
    Rehash,
}

internal enum UserState
{
    Active,
    Disabled,
    MustChangePassword,
}

/// <summary>Today, or today with the days before it.</summary>
internal enum ActivityWindow
{
    [JsonStringEnumMemberName("1d")]
    Day,
    [JsonStringEnumMemberName("7d")]
    Week,
    [JsonStringEnumMemberName("30d")]
    Month,
}

internal enum PasswordHashOutcome
{
    Hashed,
    Match,
    Mismatch,
}

/// <summary>What became of an event on its way into the audit log.</summary>
internal enum AuditWrite
{
    Recorded,

    /// <summary>One of a flood: a later row says how many.</summary>
    Folded,
    Failed,
}

internal enum Severity
{
    Info,
    Warning,
    Critical,
}
