using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Infrastructure;

/// <summary>What tests of registered clients ask a server, and do to its database behind its back.</summary>
internal static class Registrations
{
    public static async Task<int[]> AskAsync(params AuthlyServer[] servers) =>
        await Task.WhenAll(servers.Select(async server => (await TokenAsync(server, "service:service-secret-for-tests")).Status));

    public static Task<Answer> TokenAsync(AuthlyServer server, string basic) =>
        server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, basic);

    public static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public static async Task<object?> ExecuteSqliteAsync(string database, string sql)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
