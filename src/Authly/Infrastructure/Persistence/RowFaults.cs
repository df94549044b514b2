using Authly.Infrastructure.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Authly.Infrastructure.Persistence;

internal static class RowFaults
{
    // SQLITE_CONSTRAINT.
    private const int SqliteConstraint = 19;

    // SQLITE_CONSTRAINT_FOREIGNKEY.
    private const int SqliteForeignKey = 787;

    // SQLITE_CONSTRAINT_UNIQUE.
    private const int SqliteUnique = 2067;

    /// <summary>
    /// Whether a statement failed for what was in it (a row that broke a constraint, a deadlock), rather than because the database is away.
    /// </summary>
    public static bool IsOfOneRow(this Exception exception) => exception switch
    {
        PostgresException { SqlState: ['2', '2' or '3', ..] or PostgresErrorCodes.DeadlockDetected } => true,
        DbUpdateException { InnerException: SqliteException sqlite } => sqlite.SqliteErrorCode == SqliteConstraint,
        _ => false,
    };

    /// <summary>Race: of two who make the same at once, the second finds it made.</summary>
    /// <exception cref="RefusedException">With what they are told.</exception>
    public static async Task OrExistsAsync(this Task making, Refusal refusal)
    {
        try
        {
            await making;
        }
        catch (DbUpdateException exception) when (exception.InnerException
            is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
            or SqliteException { SqliteExtendedErrorCode: SqliteUnique })
        {
            throw new RefusedException(refusal);
        }
    }

    /// <summary>Whether a row was of another that is not there any more.</summary>
    public static bool IsOfMissingParent(this Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } => true,
        DbUpdateException { InnerException: SqliteException sqlite } => sqlite.SqliteExtendedErrorCode == SqliteForeignKey,
        _ => false,
    };
}
