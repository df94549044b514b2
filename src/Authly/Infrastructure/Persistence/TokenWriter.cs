using System.Threading.Channels;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Writes the rows of all requests that wait at the moment in one durable statement; each is answered after its commit and not before. Where one row
/// is at fault, each goes alone, so that it refuses its own request only.
/// </summary>
internal sealed class TokenWriter(ITokenTable table, Database database) : BackgroundService
{
    private const int MostAtOnce = 256;

    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>();

    /// <summary>Writes; false when another request was first to use the token that this one redeems, and then nothing is written.</summary>
    public Task<bool> WriteAsync(TokenWrite write)
    {
        var waiting = new Waiting(write, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_queue.Writer.TryWrite(waiting))
            throw new InvalidOperationException("The server has stopped writing tokens.");
        return waiting.Written.Task;
    }

    // While one statement is on its way to the disk, the next collects. SQLite has one writer in any case.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, database.IsPostgres ? 2 : 1).Select(_ => Task.Run(WriteAllAsync, CancellationToken.None)));

    /// <summary>Requests are drained before this is stopped: what waits is written.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<Waiting>(MostAtOnce);
        var redeemed = new HashSet<Guid>();
        Waiting? next = null;
        while (next is not null || await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            redeemed.Clear();
            while (batch.Count < MostAtOnce && (next is not null || _queue.Reader.TryRead(out next)))
            {
                // Two requests that redeem the same token do not go in one statement: the second comes in the next one, and loses there.
                if (next.Write.Redeems is { } token && !redeemed.Add(token))
                    break;
                batch.Add(next);
                next = null;
            }

            // Another writer may have taken all that this one woke up for.
            if (batch.Count > 0)
                await WriteAsync(batch);
        }
    }

    private async Task WriteAsync(IReadOnlyList<Waiting> batch)
    {
        try
        {
            var lost = await table.WriteAsync([.. batch.Select(waiting => waiting.Write)]);
            foreach (var waiting in batch)
                waiting.Written.SetResult(!lost.Contains(waiting.Write));
        }
        catch (Exception exception) when (batch.Count > 1 && exception.IsOfOneRow())
        {
            foreach (var waiting in batch)
                await WriteAsync([waiting]);
        }
        catch (Exception exception)
        {
            foreach (var waiting in batch)
                waiting.Written.SetException(exception);
        }
    }

    private sealed record Waiting(TokenWrite Write, TaskCompletionSource<bool> Written);
}

/// <summary>How a database takes a batch: all of it in one transaction.</summary>
internal interface ITokenTable
{
    /// <summary>Returns the writes whose token was redeemed before; nothing of those is written. No two of a batch redeem the same token.</summary>
    Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch);
}
