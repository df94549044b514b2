using System.Diagnostics;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Npgsql;
using NpgsqlTypes;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

/// <summary>
/// A batch as one statement. A write redeems, and inserts what was issued for what it could redeem. Rows to redeem are locked in the order of their keys, so that two
/// instances that redeem the same ones wait for each other and do not deadlock.
/// </summary>
internal sealed class PostgresTokenTable(NpgsqlDataSource source, Instruments instruments, TimeProvider time) : ITokenTable
{
    private const string Insert = $"""
        insert into tokens ("Id", "ApplicationId", "AuthorizationId", "Type", "Subject", "Status", "CreationDate", "ExpirationDate", "ReferenceId", "Payload")
        select token.id, token.application, token.family, token.type, token.subject, '{Statuses.Valid}', token.created, token.expires, token.reference, token.payload
        from unnest(@ids, @applications, @families, @types, @subjects, @created, @expires, @references, @payloads, @parents)
          as token (id, application, family, type, subject, created, expires, reference, payload, parent)
        """;

    private const string RedeemAndInsert = $"""
        with locked as (
          select token."Id" from tokens as token left join authorizations as family on family."Id" = token."AuthorizationId"
          where token."Id" = any(@redeems) and token."Status" = '{Statuses.Valid}' and coalesce(family."Status", '{Statuses.Valid}') = '{Statuses.Valid}'
          order by token."Id" for update of token),
        redeemed as (
          update tokens set "Status" = '{Statuses.Redeemed}', "RedemptionDate" = @now, "Payload" = coalesce(used.successor, "Payload")
          from unnest(@redeems, @successors) as used (id, successor) where "Id" = used.id and "Id" in (select "Id" from locked) returning "Id"),
        granted as (
          insert into authorizations ("Id", "ApplicationId", "Type", "Subject", "Status", "Scopes", "CreationDate")
          select * from unnest(@granted, @grantedApplications, @grantedTypes, @grantedSubjects, @grantedStatuses, @grantedScopes, @grantedCreated)),
        issued as ({Insert} where token.parent is null or token.parent in (select "Id" from redeemed))
        select "Id" from redeemed
        """;

    private const string SelectById = """
        select token."Id", token."Type", token."Status", token."ReferenceId", token."Payload", token."CreationDate", token."ExpirationDate", token."RedemptionDate", token."AuthorizationId", family."Status"
        from tokens as token left join authorizations as family on family."Id" = token."AuthorizationId"
        where token."Id" = any(@ids)
        """;

    private const string SelectByEither = $"""{SelectById} or token."ReferenceId" = any(@references)""";

    public async Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch)
    {
        var started = Stopwatch.GetTimestamp();
        var status = DatabaseStatus.Error;
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand { Connection = connection, CommandTimeout = BatchTimeout.Seconds };
            AddTokens(command, batch);
            var onlyTokens = batch.All(write => write is { Redeems: null, Authorization: null });
            command.CommandText = onlyTokens ? Insert : RedeemAndInsert;
            if (!onlyTokens)
                AddRedemptions(command, batch);

            HashSet<Guid> redeemed = [];
            await using (var reader = await command.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                    redeemed.Add(reader.GetGuid(0));
                // Order is law: PostgreSQL commits after the last row and says so at the very end. Whoever stops reading before answers what may not be committed.
                await reader.NextResultAsync();
            }

            status = DatabaseStatus.Success;
            return batch.Where(write => write.Redeems is { } token && !redeemed.Contains(token)).ToHashSet();
        }
        finally
        {
            instruments.QueryEnded(DatabaseOperation.Insert, status, Stopwatch.GetElapsedTime(started));
        }
    }

    public async Task<IReadOnlyList<TokenEntry>> ReadAsync(IReadOnlyList<TokenKey> keys)
    {
        var started = Stopwatch.GetTimestamp();
        var status = DatabaseStatus.Error;
        try
        {
            var references = keys.Where(key => key.Reference is not null).Select(key => key.Reference!).Distinct().ToList();
            await using var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand(references.Count == 0 ? SelectById : SelectByEither, connection) { CommandTimeout = BatchTimeout.Seconds };
            Add(command, "ids", NpgsqlDbType.Uuid, keys.Where(key => key.Id is not null).Select(key => key.Id!.Value).Distinct().ToList());
            if (references.Count > 0)
                Add(command, "references", NpgsqlDbType.Text, references);
            List<TokenEntry> entries = [];
            await using (var reader = await command.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                    entries.Add(new TokenEntry(reader.GetGuid(0), Text(1), Text(2), Text(3), Text(4), Time(5), Time(6), Time(7), reader.IsDBNull(8) ? null : reader.GetGuid(8), Text(9)));
                }

                string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
                DateTime? Time(int column) => reader.IsDBNull(column) ? null : reader.GetDateTime(column);
            }

            status = DatabaseStatus.Success;
            return entries;
        }
        finally
        {
            instruments.QueryEnded(DatabaseOperation.Select, status, Stopwatch.GetElapsedTime(started));
        }
    }

    private static void AddTokens(NpgsqlCommand command, IReadOnlyList<TokenWrite> batch)
    {
        var rows = batch.SelectMany(write => write.Tokens, (write, row) => (row.Token, row.ApplicationId, row.AuthorizationId, Parent: write.Redeems)).ToList();
        Add(command, "ids", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.Token.Id));
        Add(command, "applications", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.ApplicationId));
        Add(command, "families", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.AuthorizationId));
        Add(command, "types", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.Type));
        Add(command, "subjects", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.Subject));
        Add(command, "created", NpgsqlDbType.TimestampTz, rows.ConvertAll(row => row.Token.CreationDate));
        Add(command, "expires", NpgsqlDbType.TimestampTz, rows.ConvertAll(row => row.Token.ExpirationDate));
        Add(command, "references", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.ReferenceId));
        Add(command, "payloads", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.Payload));
        Add(command, "parents", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.Parent));
    }

    private void AddRedemptions(NpgsqlCommand command, IReadOnlyList<TokenWrite> batch)
    {
        var redeeming = batch.Where(write => write.Redeems is not null).ToList();
        Add(command, "redeems", NpgsqlDbType.Uuid, redeeming.ConvertAll(write => write.Redeems!.Value));
        Add(command, "successors", NpgsqlDbType.Text, redeeming.ConvertAll(write => write.Successor?.ToString()));
        command.Parameters.Add(new NpgsqlParameter<DateTime>("now", NpgsqlDbType.TimestampTz) { TypedValue = time.GetUtcNow().UtcDateTime });
        var granted = batch.Where(write => write.Authorization is not null).Select(write => write.Authorization!).ToList();
        Add(command, "granted", NpgsqlDbType.Uuid, granted.ConvertAll(row => row.Authorization.Id));
        Add(command, "grantedApplications", NpgsqlDbType.Uuid, granted.ConvertAll(row => row.ApplicationId));
        Add(command, "grantedTypes", NpgsqlDbType.Text, granted.ConvertAll(row => row.Authorization.Type));
        Add(command, "grantedSubjects", NpgsqlDbType.Text, granted.ConvertAll(row => row.Authorization.Subject));
        Add(command, "grantedStatuses", NpgsqlDbType.Text, granted.ConvertAll(row => row.Authorization.Status));
        Add(command, "grantedScopes", NpgsqlDbType.Text, granted.ConvertAll(row => row.Authorization.Scopes));
        Add(command, "grantedCreated", NpgsqlDbType.TimestampTz, granted.ConvertAll(row => row.Authorization.CreationDate));
    }

    private static void Add<T>(NpgsqlCommand command, string name, NpgsqlDbType type, List<T> values) =>
        command.Parameters.Add(new NpgsqlParameter<List<T>>(name, NpgsqlDbType.Array | type) { TypedValue = values });
}
