using System.Threading.Channels;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Does what all requests that wait at the moment want in one statement, and answers each when it is done. Where one row is at fault, each goes alone, so that it
/// refuses its own request only.
/// </summary>
internal abstract class BatchWorker<TItem, TResult>(int workers) : BackgroundService
{
    private const int MostAtOnce = 256;

    // A database that hangs is one that is away: requests do not pile up behind it.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>();

    protected Task<TResult> EnqueueAsync(TItem item)
    {
        var waiting = new Waiting(item, new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_queue.Writer.TryWrite(waiting))
            throw new InvalidOperationException("The server has stopped.");
        return waiting.Done.Task.WaitAsync(Deadline);
    }

    /// <summary>Does all of them; the results are in their order.</summary>
    protected abstract Task<IReadOnlyList<TResult>> RunAsync(IReadOnlyList<TItem> batch);

    /// <summary>Two items with the same one do not go together: the second comes in a later batch.</summary>
    protected virtual Guid? ExclusiveOf(TItem item) => null;

    // While one statement is under way, the next collects.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)));

    /// <summary>Requests are drained before this is stopped: what waits is done.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    private async Task WorkAsync()
    {
        var batch = new List<Waiting>(MostAtOnce);
        var exclusive = new HashSet<Guid>();
        Waiting? next = null;
        while (next is not null || await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            exclusive.Clear();
            while (batch.Count < MostAtOnce && (next is not null || _queue.Reader.TryRead(out next)))
            {
                if (ExclusiveOf(next.Item) is { } key && !exclusive.Add(key))
                    break;
                batch.Add(next);
                next = null;
            }

            // Another worker may have taken all that this one woke up for.
            if (batch.Count > 0)
                await RunAsync(batch);
        }
    }

    private async Task RunAsync(IReadOnlyList<Waiting> batch)
    {
        try
        {
            var results = await RunAsync([.. batch.Select(waiting => waiting.Item)]);
            for (var index = 0; index < batch.Count; index++)
                batch[index].Done.SetResult(results[index]);
        }
        catch (Exception exception) when (batch.Count > 1 && exception.IsOfOneRow())
        {
            foreach (var waiting in batch)
                await RunAsync([waiting]);
        }
        catch (Exception exception)
        {
            foreach (var waiting in batch)
                waiting.Done.SetException(exception);
        }
    }

    private sealed record Waiting(TItem Item, TaskCompletionSource<TResult> Done);
}
