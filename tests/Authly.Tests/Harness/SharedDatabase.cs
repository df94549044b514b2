using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Authly.Tests.Harness;

/// <summary>A database that a test, its servers and its command lines share, with the settings that all of them are started with.</summary>
public sealed class SharedDatabase : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authly-shared-");

    private SharedDatabase(Database database) => Kind = database;

    public Database Kind { get; }

    public string ConnectionString { get; private set; } = "";

    public Dictionary<string, string> Settings { get; private set; } = [];

    public static async Task<SharedDatabase> CreateAsync(Database database, params (string Name, string Value)[] settings)
    {
        var shared = new SharedDatabase(database);
        shared.ConnectionString = database == Database.Postgres
            ? await Databases.CreatePostgresAsync()
            : $"Data Source={shared._folder.FullName}/authly.db";
        shared.Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        shared.Settings["ConnectionStrings__Authly"] = shared.ConnectionString;
        return shared;
    }

    public Task<AuthlyServer> StartAsync() => AuthlyServer.StartAsync(Kind, Settings, ConnectionString);

    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words) => Keys.RunAsync(Settings, words);

    /// <summary>Writes a file beside the database.</summary>
    public string FileOf(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Behind the server's back.</summary>
    public Task ExecuteAsync(string sql) => ExecuteScalarAsync(sql);

    public async Task<long> CountAsync(string table) =>
        Convert.ToInt64(await ExecuteScalarAsync($"select count(*) from {table}"), CultureInfo.InvariantCulture);

    /// <summary>Waits until each table has as many rows as expected.</summary>
    public async Task WaitForRowsAsync(params (string Table, long Rows)[] expected)
    {
        for (var attempt = 0; ; attempt++)
        {
            var rows = new List<(string, long)>();
            foreach (var (table, _) in expected)
                rows.Add((table, await CountAsync(table)));
            if (rows.SequenceEqual(expected))
                return;
            Assert.True(attempt < 300, $"After 30 s there are {string.Join(", ", rows)}.");
            await Task.Delay(100);
        }
    }

    /// <summary>Keeps everybody from writing to a table until it is disposed of; on SQLite to any.</summary>
    public async Task<IAsyncDisposable> LockAsync(string table)
    {
        var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Kind == Database.Postgres ? $"begin; lock table {table}" : "begin immediate";
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = Kind == Database.Postgres
            ? new NpgsqlConnection(ConnectionString)
            // What is closed is to let go of its locks.
            : new SqliteConnection($"{ConnectionString};Pooling=False");
        await connection.OpenAsync();
        return connection;
    }

    private async Task<object?> ExecuteScalarAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
