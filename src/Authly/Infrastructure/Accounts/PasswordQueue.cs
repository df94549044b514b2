using System.Threading.Channels;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// A few threads of their own that hash, and a bounded queue before them: a flood of sign-ins costs a bounded share of
/// processor and memory, and whoever does not fit in is answered 503 instead of waiting.
/// </summary>
internal sealed class PasswordQueue : IDisposable
{
    private readonly Channel<Action> _jobs;
    private readonly TimeSpan _deadline;

    public PasswordQueue(AuthlyOptions options)
    {
        _deadline = options.Passwords.Deadline;
        _jobs = Channel.CreateBounded<Action>(options.Passwords.QueueLength);
        for (var index = 0; index < options.Passwords.Threads; index++)
            new Thread(Work) { IsBackground = true, Name = $"password-{index}", Priority = ThreadPriority.BelowNormal }.Start();
    }

    /// <exception cref="RefusedException">The queue is full, or the job did not start before the deadline.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_deadline);
        var token = deadline.Token;
        if (!_jobs.Writer.TryWrite(Job))
            throw new RefusedException(Refusal.Overloaded);

        try
        {
            return await completion.Task.WaitAsync(token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RefusedException(Refusal.Overloaded);
        }

        void Job()
        {
            // Whoever asked has left: the work would be for nobody.
            if (token.IsCancellationRequested)
                return;
            try
            {
                completion.SetResult(work());
            }
#pragma warning disable CA1031 // Reason: whatever it is, it belongs to the caller that waits, not to this thread.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                completion.SetException(exception);
            }
        }
    }

    public void Dispose() => _jobs.Writer.TryComplete();

    private void Work()
    {
        while (_jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_jobs.Reader.TryRead(out var job))
                job();
        }
    }
}
