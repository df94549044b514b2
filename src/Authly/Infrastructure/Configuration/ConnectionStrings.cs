using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackExchange.Redis;

namespace Authly.Infrastructure.Configuration;

/// <summary>The section <c>ConnectionStrings</c>: where the database is, and Redis where there is one.</summary>
internal sealed class ConnectionStrings
{
    private static readonly string[] PostgresNames = ["host", "server"];

    private const string Unreadable = "ConnectionStrings:Authly cannot be read: ";

    public ConnectionStrings(IConfiguration configuration)
    {
        var given = configuration.Given("ConnectionStrings:Authly")?.Trim();
        Redis = configuration.Given("ConnectionStrings:Redis")?.Trim() ?? "";
        Authly = given is null ? null : PostgresUri.TryTranslate(given) ?? given;
        if (Authly is not null)
            (IsPostgres, AuthlyFault) = Read(Authly);
    }

    /// <summary>In the keywords of Npgsql or of SQLite, however it was written; null where none is given.</summary>
    public string? Authly { get; }

    public bool IsPostgres { get; }

    /// <summary>Why that cannot be read, in a sentence; null where it can.</summary>
    public string? AuthlyFault { get; }

    /// <summary>Empty where there is no Redis.</summary>
    public string Redis { get; }

    /// <summary>Whether it is one: hosts with their ports, and options. A URL is not.</summary>
    public bool IsRedisReadable
    {
        get
        {
            try
            {
                return ConfigurationOptions.Parse(Redis).EndPoints is { Count: > 0 } hosts
                    && !hosts.Any(host => $"{host}".Contains("//", StringComparison.Ordinal));
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException)
            {
                return false;
            }
        }
    }

    private static (bool IsPostgres, string? Fault) Read(string text)
    {
        var parsed = new DbConnectionStringBuilder();
        try
        {
            parsed.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            return (false, Unreadable + "give keywords, as in 'Host=db;Database=authly;Username=authly;Password=...', or a URI, as in "
                + "postgresql://authly:...@db/authly");
        }

        var keywords = parsed.Keys.Cast<string>().ToList();
        var isPostgres = keywords.Exists(PostgresNames.Contains);
        DbConnectionStringBuilder known = isPostgres ? new NpgsqlConnectionStringBuilder() : new SqliteConnectionStringBuilder();
        foreach (var (index, keyword) in keywords.Index())
        {
            try
            {
                known[keyword] = parsed[keyword];
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException)
            {
                // Threat: a password with a semicolon in it looks like a keyword; only what is one may be printed.
                return (isPostgres, exception.InnerException is not (null or KeyNotFoundException)
                    ? $"{Unreadable}the value of '{keyword}' is none that it can have"
                    : $"{Unreadable}its keyword number {index + 1} is not known to "
                        + (isPostgres ? "Npgsql" : "SQLite, and no Host is named") + "; a value with ';' in it stands in quotes");
            }
        }

        return (isPostgres, null);
    }
}
