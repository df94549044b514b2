using System.Runtime.CompilerServices;
using System.Text.Json;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

internal enum HandlerOutcome
{
    Ok,
    Error,
    Exception,
    Cancelled,
}

internal enum AuthorizationStep
{
    Ended,
    Login,
    Consent,
    Repeat,
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
}

internal enum PasswordOperation
{
    Change,
    Reset,
    Rehash,
}

internal enum PasswordHashOutcome
{
    Hashed,
    Match,
    Mismatch,
}

internal enum SecurityEventType
{
    RefreshTokenReuse,
    RefreshTokenGrace,
    CodeReplay,
    PkceFailed,
    RedirectMismatch,
    ClientAuthFailed,
    CsrfFailed,
}

internal enum Severity
{
    Info,
    Warning,
    Critical,
}

internal enum StartupPhase
{
    Configuration,
    Migrations,
    Keys,
    Seed,
    Listening,
}

internal enum BackgroundJob
{
    Gauges,
    KeyRotation,
    Pruning,
}

/// <summary>The tables that expired rows leave.</summary>
internal enum PrunedTable
{
    Tokens,
    Authorizations,
    Sessions,
}

internal enum Cache
{
    Clients,
    Scopes,
}

internal enum CacheStatus
{
    Hit,
    Miss,
}

internal enum DatabaseOperation
{
    Other,
    Select,
    Insert,
    Update,
    Delete,
}

internal enum DatabaseStatus
{
    Success,
    Error,
}

/// <summary>The text of a label's value: the enum's name in snake case, made once, so that the compiler bounds the number of series.</summary>
internal static class Label<T> where T : struct, Enum
{
    private static readonly string[] Names = [.. Enum.GetNames<T>().Select(name => name == "Other" ? ProtocolNames.Other : JsonNamingPolicy.SnakeCaseLower.ConvertName(name))];

    public static string Of(T value) => Names[Unsafe.BitCast<T, int>(value)];
}
