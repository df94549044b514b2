using System.Diagnostics;
using System.Threading.Channels;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Does what all requests that wait at the moment want in one statement, and answers each when it is done. Where one row is at fault, each
/// goes alone, so that it refuses its own request only.
/// </summary>
internal abstract class BatchWorker<TItem, TResult>(QueueName name, int workers, Instruments instruments, Readings readings)
    : BackgroundService
{
    private const int MostAtOnce = 256;

    // More than can be done before the deadline: who comes then is told at once.
    private const int MostWaiting = 10_000;

    // A database that hangs is one that is away.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(MostWaiting);

    /// <exception cref="RefusedException">Too many wait, or the server is stopping.</exception>
    /// <exception cref="TimeoutException">Its turn did not come before the deadline, and never will.</exception>
    protected async Task<TResult> EnqueueAsync(TItem item)
    {
        var waiting = new Waiting(item);
        if (!_queue.Writer.TryWrite(waiting))
        {
            instruments.QueueRefused(name);
            throw new RefusedException(Refusal.Overloaded);
        }

        try
        {
            return await waiting.Done.Task.WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            // Law: who is told that it failed finds nothing done. This one is under way, so the answer waits for its outcome.
            if (!waiting.TryDecide())
                return await waiting.Done.Task;
            instruments.QueueRefused(name);
            throw;
        }
    }

    /// <summary>Does all of them; the results are in their order.</summary>
    protected abstract Task<IReadOnlyList<TResult>> RunAsync(IReadOnlyList<TItem> batch);

    /// <summary>Two items with the same one do not go together: the second comes in a later batch.</summary>
    protected virtual Guid? ExclusiveOf(TItem item) => null;

    // While one statement is under way, the next collects.
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        readings.QueueMade(name, () => _queue.Reader.Count);
        instruments.QueueOpened(name);
        return Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)));
    }

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
                if (next.TryDecide())
                {
                    batch.Add(next);
                    instruments.QueueLeft(name, Stopwatch.GetElapsedTime(next.Entered));
                }

                next = null;
            }

            // Another worker may have taken all that this one woke up for, or nobody waits for it any more.
            if (batch.Count == 0)
                continue;
            instruments.BatchTaken(name, batch.Count);
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
            if (exception.IsDatabaseAway())
                FailAllWaiting(exception);
        }
    }

    /// <summary>Who came while a statement found the database away has waited as long, and would find the same.</summary>
    private void FailAllWaiting(Exception exception)
    {
        for (var count = _queue.Reader.Count; count > 0 && _queue.Reader.TryRead(out var waiting); count--)
        {
            if (waiting.TryDecide())
                waiting.Done.SetException(exception);
        }
    }

    /// <summary>Either the worker takes it or the one who waits withdraws it; never both.</summary>
    private sealed class Waiting(TItem item)
    {
        private int _isDecided;

        public TItem Item => item;

        public long Entered { get; } = Stopwatch.GetTimestamp();

        public TaskCompletionSource<TResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool TryDecide() => Interlocked.Exchange(ref _isDecided, 1) == 0;
    }
}
