using System.Data.Common;
using System.Text.Json.Nodes;
using Authly.Tests.Harness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Authly.Tests.Features.Token;

/// <summary>What the database has of an answer, in words that are the same for both ways.</summary>
internal static class BothWaysRows
{
    /// <summary>What the database has of a token that was given out.</summary>
    public static async Task<string?> RowOfAsync(SharedDatabase shared, string body)
    {
        if (!body.StartsWith("{\"access_token\":", StringComparison.Ordinal))
            return null;
        var claims = Jwt.Claims(JsonNode.Parse(body)!["access_token"]!.GetValue<string>());
        var (id, issuedAt, expires) = (Guid.Parse((string)claims["jti"]!), (long)claims["iat"]!, (long)claims["exp"]!);
        await using var connection = await OpenAsync(shared);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            select "Type", "Status", "Subject", "ApplicationId", "AuthorizationId", "ReferenceId", "Payload", "Properties",
              "RedemptionDate", "SuccessorId", "CreationDate", "ExpirationDate" from tokens where "Id" = '{KeyOf(shared, $"{id}")}'
            """;
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        Assert.Equal((issuedAt, expires), (Seconds(row.GetDateTime(10)), Seconds(row.GetDateTime(11))));
        return string.Join('|', Enumerable.Range(0, 10).Select(column => row[column]));
    }

    /// <summary>What the database has of the family of an access token; ids say only whether they are there.</summary>
    public static async Task<string> FamilyOfAsync(SharedDatabase shared, string body)
    {
        var id = (string)Jwt.Claims(JsonNode.Parse(body)!["access_token"]!.GetValue<string>())["jti"]!;
        await using var connection = await OpenAsync(shared);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            select "Type", "Status", "Subject", "ApplicationId", "ReferenceId" is null, "Payload" is null, "Properties",
              "RedemptionDate" is null, "SuccessorId" is null, "SuccessorId" = (
                select "Id" from tokens as last
                where last."AuthorizationId" = tokens."AuthorizationId" and last."Type" like '%refresh_token'
                order by "Id" desc limit 1), "CreationDate", "ExpirationDate"
            from tokens where "AuthorizationId" = (select "AuthorizationId" from tokens where "Id" = '{KeyOf(shared, id)}')
            """;
        var signedIn = Jwt.Claims(JsonNode.Parse(body)!["access_token"]!.GetValue<string>())["auth_time"];
        return string.Join('\n', (await ReadAsync(command, (long?)signedIn ?? 0)).Order(StringComparer.Ordinal));
    }

    /// <summary>What the audit log says of the last grants of a type: one by each way, and how many there are.</summary>
    public static async Task<(IReadOnlyList<string> Last, long All)> LastGrantsAsync(SharedDatabase shared, string grantType)
    {
        await using var connection = await OpenAsync(shared);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            select "Event", "Outcome", "ActorKind", "Actor", "Subject", "ClientId", "Address", "TraceId" is null, "Detail", "Folded"
            from audit_events where "Detail" = '{grantType}' order by "At" desc limit 2
            """;
        return (await ReadAsync(command), await shared.CountAsync($"audit_events where \"Detail\" = '{grantType}'"));
    }

    /// <param name="signedIn">
    /// When the person signed in: where it is given, the last two columns are told as how long the row is good, from then or, in whole
    /// minutes, from when it was made.
    /// </param>
    private static async Task<IReadOnlyList<string>> ReadAsync(DbCommand command, long? signedIn = null)
    {
        await using var row = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await row.ReadAsync())
        {
            var text = string.Join('|', Enumerable.Range(0, row.FieldCount - (signedIn is null ? 0 : 2)).Select(column => row[column]));
            if (signedIn is { } from)
            {
                var (made, until) = (Seconds(row.GetDateTime(row.FieldCount - 2)), Seconds(row.GetDateTime(row.FieldCount - 1)));
                // Whole seconds of the time that is left: a second passes between the first way and the other at times.
                text += (until - made) % 60 == 0 ? $"|{until - made}" : $"|{(until - from + 1) / 2 * 2} after the sign-in";
            }

            rows.Add(text);
        }

        return rows;
    }

    private static string KeyOf(SharedDatabase shared, string id) => shared.Kind == Database.Postgres ? id : id.ToUpperInvariant();

    private static async Task<DbConnection> OpenAsync(SharedDatabase shared)
    {
        DbConnection connection = shared.Kind == Database.Postgres
            ? new NpgsqlConnection(shared.ConnectionString) : new SqliteConnection(shared.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static long Seconds(DateTime time)
    {
        Assert.Equal(0, time.Ticks % TimeSpan.TicksPerSecond);
        return new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeSeconds();
    }
}
