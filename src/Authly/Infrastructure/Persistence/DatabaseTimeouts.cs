using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// How long a request waits for the database: five seconds in all, whatever it waits for. A connection string may name shorter limits
/// (<c>Timeout</c>, <c>Command Timeout</c>), not longer ones. Background work that may take longer says so for itself.
/// </summary>
internal static class DatabaseTimeouts
{
    /// <summary>For a connection: until the pool has one, or until a new one is open.</summary>
    public const int ConnectSeconds = 1;

    /// <summary>
    /// For a statement. When it is over, telling the database to undo it needs a connection: twice the above where nobody answers.
    /// </summary>
    public const int CommandSeconds = 2;

    /// <summary>For the database's word that it has undone a statement that took too long.</summary>
    public const int CancellationMilliseconds = 500;

    /// <summary>For what runs in the background and may read whole tables.</summary>
    public static readonly TimeSpan Background = TimeSpan.FromMinutes(1);

    /// <summary>For a change of the schema, which may rewrite whole tables.</summary>
    public static readonly TimeSpan Migration = TimeSpan.FromHours(1);

    /// <summary>For a command: nobody queues behind it, and on SQLite a busy server leaves it few gaps to write in.</summary>
    public static void WaitAsBackground(this DatabaseFacade database)
    {
        database.SetCommandTimeout(Background);
        // The start of a transaction has the connection's own limit.
        if (database.GetDbConnection() is SqliteConnection sqlite)
            sqlite.DefaultTimeout = (int)Background.TotalSeconds;
    }
}
