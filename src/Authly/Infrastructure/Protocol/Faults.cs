using System.Data.Common;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Authly.Infrastructure.Protocol;

/// <summary>What a client is told when an exception ends its request.</summary>
internal static partial class Faults
{
    // SQLITE_ERROR (a statement that makes no sense), SQLITE_CONSTRAINT, SQLITE_MISMATCH.
    private static readonly int[] SqliteBugs = [1, 19, 20];

    public static Refusal RefusalOf(Exception exception) => exception switch
    {
        RefusedException refused => refused.Refusal,
        BadHttpRequestException { InnerException: JsonException { Path: { } path } } => RefusalOf(path),
        BadHttpRequestException { InnerException: null } unbound when BindingPattern().Match(unbound.Message) is { Success: true } found =>
            Refusal.Wrong(found.Groups[1].Value, "is not of the right kind."),
        BadHttpRequestException unreadable => Refusal.Invalid("The request cannot be read.", unreadable.StatusCode),
        _ when exception.IsDatabaseAway() => Refusal.DatabaseAway,
        _ => Refusal.Bug,
    };

    // Threat: the exception's own text says what was sent, and names types of ours.
    private static Refusal RefusalOf(string path)
    {
        var member = path.Replace("$.", "").Replace("$", "");
        return member.Length is 0 or > 100 ? Refusal.Invalid("The body is no JSON object that can be read.")
            : Refusal.Wrong(member, "is unknown here, given twice, or not of the right kind.");
    }

    /// <summary>Whether the database could not be reached or could not finish, rather than that our statement is wrong.</summary>
    public static bool IsDatabaseAway(this Exception exception) => exception switch
    {
        SqliteException sqlite => !SqliteBugs.Contains(sqlite.SqliteErrorCode),
        // Classes 22 (data), 23 (constraint) and 42 (syntax, privileges) of SQLSTATE say that a statement is wrong.
        DbException { SqlState: ['2', '2' or '3', ..] or ['4', '2', ..] } => false,
        DbException or TimeoutException => true,
        { InnerException: { } inner } => inner.IsDatabaseAway(),
        _ => false,
    };

    // What routing says of a parameter that it cannot read; the rest of it is what was sent.
    [GeneratedRegex("^Failed to bind parameter \"[^\"]* (\\w+)\" from ")]
    private static partial Regex BindingPattern();

    /// <summary>Whether the database or its driver threw it, for whatever reason.</summary>
    public static bool IsFromDatabase(this Exception exception) =>
        exception is DbException or TimeoutException || (exception.InnerException?.IsFromDatabase() ?? false);
}
