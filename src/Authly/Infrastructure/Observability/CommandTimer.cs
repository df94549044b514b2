using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Authly.Infrastructure.Observability;

/// <summary>Times every database command, by the verb that it begins with.</summary>
internal sealed class CommandTimer(Instruments instruments) : DbCommandInterceptor
{
    public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
    {
        Ended(command, eventData, DatabaseStatus.Success);
        return result;
    }

    public override ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData, DatabaseStatus.Success);
        return new(result);
    }

    public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result)
    {
        Ended(command, eventData, DatabaseStatus.Success);
        return result;
    }

    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData, DatabaseStatus.Success);
        return new(result);
    }

    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData) =>
        Ended(command, eventData, DatabaseStatus.Error);

    public override Task CommandFailedAsync(
        DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData, DatabaseStatus.Error);
        return Task.CompletedTask;
    }

    private void Ended(DbCommand command, CommandEndEventData eventData, DatabaseStatus status) =>
        instruments.QueryEnded(OperationOf(command.CommandText), status, eventData.Duration);

    private static DatabaseOperation OperationOf(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        return text.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase) ? DatabaseOperation.Select
            : text.StartsWith("INSERT", StringComparison.OrdinalIgnoreCase) ? DatabaseOperation.Insert
            : text.StartsWith("UPDATE", StringComparison.OrdinalIgnoreCase) ? DatabaseOperation.Update
            : text.StartsWith("DELETE", StringComparison.OrdinalIgnoreCase) ? DatabaseOperation.Delete
            : DatabaseOperation.Other;
    }
}
