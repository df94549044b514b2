using System.Diagnostics;
using System.Threading.Channels;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// A few threads of their own for work that takes a processor, and a bounded queue before them: a flood costs a bounded share of processor
/// and memory, and whoever does not fit in is answered 503 instead of waiting.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly Channel<Action> _jobs;
    private readonly SemaphoreSlim _places;
    private readonly QueueName _name;
    private readonly TimeSpan _deadline;
    private readonly Instruments _instruments;

    /// <param name="length">Jobs that may wait.</param>
    /// <param name="deadline">How long one may wait.</param>
    public WorkQueue(QueueName name, int threads, int length, TimeSpan deadline, Instruments instruments, Readings readings)
    {
        (_name, _deadline, _instruments) = (name, deadline, instruments);
        _jobs = Channel.CreateBounded<Action>(length);
        _places = new SemaphoreSlim(length + threads);
        readings.QueueMade(name, () => _jobs.Reader.Count);
        for (var index = 0; index < threads; index++)
        {
            var thread = new Thread(Work) { IsBackground = true, Priority = ThreadPriority.BelowNormal };
            thread.Name = $"{Label<QueueName>.Of(name)}-{index}";
            thread.Start();
        }
    }

    /// <summary>
    /// A place for one who will have work, to be asked for before anything else is: a flood must not reach the database to learn that
    /// there is no room. Disposing gives it back.
    /// </summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public IDisposable Enter()
    {
        if (_places.Wait(TimeSpan.Zero))
            return new Place(_places);
        _instruments.QueueRefused(_name);
        throw new RefusedException(Refusal.Overloaded);
    }

    /// <exception cref="RefusedException">The queue is full, or the job did not start before the deadline.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_deadline);
        var (token, entered) = (deadline.Token, Stopwatch.GetTimestamp());
        if (!_jobs.Writer.TryWrite(Job))
            throw Refused();

        try
        {
            return await completion.Task.WaitAsync(token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Refused();
        }

        RefusedException Refused()
        {
            _instruments.QueueRefused(_name);
            return new RefusedException(Refusal.Overloaded);
        }

        void Job()
        {
            // Whoever asked has left: the work would be for nobody.
            if (token.IsCancellationRequested)
                return;
            _instruments.QueueLeft(_name, Stopwatch.GetElapsedTime(entered));
            try
            {
                completion.SetResult(work());
            }
            catch (Exception exception)
            {
                // Whatever it is, it belongs to the caller that waits, not to this thread.
                completion.SetException(exception);
            }
        }
    }

    public void Dispose()
    {
        _jobs.Writer.TryComplete();
        _places.Dispose();
    }

    private void Work()
    {
        while (_jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_jobs.Reader.TryRead(out var job))
                job();
        }
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
