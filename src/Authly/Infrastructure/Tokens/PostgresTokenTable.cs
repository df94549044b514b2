using System.Diagnostics;
using System.Text.Json;
using Authly.Infrastructure.Observability;
using Npgsql;
using NpgsqlTypes;

namespace Authly.Infrastructure.Tokens;

/// <summary>A batch as one statement, which is a transaction by itself.</summary>
internal sealed class PostgresTokenTable(NpgsqlDataSource source, Instruments instruments, TimeProvider time) : ITokenTable
{
    public Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch) =>
        TimedAsync<IReadOnlySet<TokenWrite>>(DatabaseOperation.Insert, async command =>
    {
        AddTokens(command, batch);
        var onlyTokens = batch.All(write => write is { Redeems: null, Family: null, Audit: null });
        command.CommandText = onlyTokens ? TokenStatements.Insert : TokenStatements.RedeemAndInsert;
        if (!onlyTokens)
        {
            AddRedemptions(command, batch);
            AddAudit(command, batch);
        }

        HashSet<Guid> redeemed = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            redeemed.Add(reader.GetGuid(0));
        // Order is law: PostgreSQL commits after the last row and says so at the very end. Whoever stops reading before answers what may
        // not be committed.
        await reader.NextResultAsync();
        return batch.Where(write => write.Redeems is { } token && !redeemed.Contains(token)).ToHashSet();
    });

    public Task<IReadOnlyList<TokenEntry>> ReadAsync(IReadOnlyList<TokenKey> keys) =>
        TimedAsync<IReadOnlyList<TokenEntry>>(DatabaseOperation.Select, async command =>
    {
        var references = keys.Where(key => key.Reference is not null).Select(key => key.Reference!).Distinct().ToList();
        command.CommandText = references.Count == 0 ? TokenStatements.SelectById : TokenStatements.SelectByEither;
        Add(command, "ids", NpgsqlDbType.Uuid, keys.Where(key => key.Id is not null).Select(key => key.Id!.Value).Distinct().ToList());
        if (references.Count > 0)
            Add(command, "references", NpgsqlDbType.Text, references);
        List<TokenEntry> entries = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            entries.Add(Read(reader));
        return entries;
    });

    private async Task<T> TimedAsync<T>(DatabaseOperation operation, Func<NpgsqlCommand, Task<T>> run)
    {
        var started = Stopwatch.GetTimestamp();
        var status = DatabaseStatus.Error;
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand { Connection = connection };
            var result = await run(command);
            status = DatabaseStatus.Success;
            return result;
        }
        finally
        {
            instruments.QueryEnded(operation, status, Stopwatch.GetElapsedTime(started));
        }
    }

    private static TokenEntry Read(NpgsqlDataReader reader)
    {
        return new TokenEntry(reader.GetGuid(0))
        {
            Type = Text(1),
            Status = Text(2),
            ReferenceId = Text(3),
            Payload = Text(4),
            CreatedAt = Time(5),
            ExpiresAt = Time(6),
            RedeemedAt = Time(7),
            SuccessorId = Key(8),
            FamilyId = Key(9),
            FamilyStatus = Text(10),
            SessionId = Key(11),
            RequestedClaims = Text(12),
        };

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        DateTime? Time(int column) => reader.IsDBNull(column) ? null : reader.GetDateTime(column);
        Guid? Key(int column) => reader.IsDBNull(column) ? null : reader.GetGuid(column);
    }

    private static void AddTokens(NpgsqlCommand command, IReadOnlyList<TokenWrite> batch)
    {
        var rows = batch.SelectMany(write => write.Tokens, (write, row) => (row.Token, row.ClientKey, row.FamilyId, Parent: write.Redeems))
            .ToList();
        Add(command, "ids", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.Token.Id));
        Add(command, "applications", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.ClientKey));
        Add(command, "families", NpgsqlDbType.Uuid, rows.ConvertAll(row => row.FamilyId));
        Add(command, "types", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.Type));
        Add(command, "subjects", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.Subject));
        Add(command, "statuses", NpgsqlDbType.Text, rows.ConvertAll(row => row.Token.Status));
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
        Add(command, "successors", NpgsqlDbType.Uuid, redeeming.ConvertAll(write => write.Successor));
        command.Parameters.Add(
            new NpgsqlParameter<DateTime>("now", NpgsqlDbType.TimestampTz) { TypedValue = time.GetUtcNow().UtcDateTime });
        var granted = batch.Where(write => write.Family is not null).Select(write => write.Family!).ToList();
        Add(command, "granted", NpgsqlDbType.Uuid, granted.ConvertAll(row => row.Family.Id));
        Add(command, "grantedApplications", NpgsqlDbType.Uuid, granted.ConvertAll(row => row.ClientKey));
        Add(command, "grantedTypes", NpgsqlDbType.Text, granted.ConvertAll(row => row.Family.Type));
        Add(command, "grantedSubjects", NpgsqlDbType.Text, granted.ConvertAll(row => row.Family.Subject));
        Add(command, "grantedStatuses", NpgsqlDbType.Text, granted.ConvertAll(row => row.Family.Status));
        Add(command, "grantedScopes", NpgsqlDbType.Text, granted.ConvertAll(row => row.Family.Scopes));
        Add(command, "grantedCreated", NpgsqlDbType.TimestampTz, granted.ConvertAll(row => row.Family.CreationDate));
        Add(command, "grantedSessions", NpgsqlDbType.Uuid, granted.ConvertAll(row => row.Family.SessionId));
        Add(command, "grantedClaims", NpgsqlDbType.Text, granted.ConvertAll(row => row.Family.RequestedClaims));
    }

    private static void AddAudit(NpgsqlCommand command, IReadOnlyList<TokenWrite> batch)
    {
        var rows = batch.Where(write => write.Audit is not null).Select(write => new { parent = write.Redeems, entry = write.Audit! });
        command.Parameters.Add(new NpgsqlParameter<string>("audited", NpgsqlDbType.Jsonb) { TypedValue = JsonSerializer.Serialize(rows) });
    }

    private static void Add<T>(NpgsqlCommand command, string name, NpgsqlDbType type, List<T> values) =>
        command.Parameters.Add(new NpgsqlParameter<List<T>>(name, NpgsqlDbType.Array | type) { TypedValue = values });
}
