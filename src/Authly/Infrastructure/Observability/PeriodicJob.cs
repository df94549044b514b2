using System.Diagnostics;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Observability;

/// <summary>What runs in the background, again and again: each run is timed, and a failed one is told once and tried again.</summary>
internal abstract class PeriodicJob(BackgroundJob name, Readings readings, Instruments instruments, ILogger logger) : BackgroundService
{
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Until the next run.</summary>
    protected abstract Task WaitAsync(CancellationToken cancellationToken);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isFailing = false;
        while (true)
        {
            var (started, outcome) = (Stopwatch.GetTimestamp(), JobOutcome.Failed);
            try
            {
                await RunAsync(stoppingToken);
                readings.JobSucceeded(name);
                outcome = JobOutcome.Success;
                isFailing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: requests are answered without this job, and the alert AuthlyJobStale tells who has to look.
                if (!isFailing)
                    logger.LogWarning("The job {Job} failed and is tried again: {Fault}", Label<BackgroundJob>
                        .Of(name), exception is StartupException ? exception.Message : exception.GetBaseException().GetType().Name);
                isFailing = true;
            }

            instruments.JobEnded(name, outcome, Stopwatch.GetElapsedTime(started));
            await WaitAsync(stoppingToken);
        }
    }
}
