using System.Diagnostics;
using System.Threading.RateLimiting;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Npgsql;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The share of the server that people's pages may take: so many are answered at once, others wait in order. A flood at the sign-in form
/// then holds a quarter of the database's connections at most, and keeps no thread from programs at the token endpoint.
/// </summary>
internal sealed class PageShare : IDisposable
{
    private const int MostWaiting = 1000;
    private const int SqlitePages = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrencyLimiter _limiter;
    private readonly Instruments _instruments;

    public PageShare(AuthlyOptions options, ConfiguredDatabase database, Instruments instruments, Readings readings)
    {
        _instruments = instruments;
        // Some wait for a hash, and some for the database.
        var most = database.IsPostgres ? new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize / 4 : SqlitePages;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = Math.Max(2, Math.Min(8 * options.Passwords.Threads, most)),
            QueueLimit = MostWaiting,
        });
        readings.QueueMade(QueueName.Pages, () => (int)_limiter.GetStatistics()!.CurrentQueuedCount);
    }

    /// <exception cref="RefusedException">Too many wait, or it took too long: 503.</exception>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RateLimitedAttribute>() is null)
        {
            await next(http);
            return;
        }

        await ReadFormAsync(http);
        var entered = Stopwatch.GetTimestamp();
        using var lease = await EnterAsync(http.RequestAborted);
        if (!lease.IsAcquired)
        {
            _instruments.QueueRefused(QueueName.Pages);
            throw new RefusedException(Refusal.Overloaded);
        }

        _instruments.QueueLeft(QueueName.Pages, Stopwatch.GetElapsedTime(entered));
        await next(http);
    }

    public void Dispose() => _limiter.Dispose();

    /// <summary>Before a place is taken. Threat: a few bodies that come byte by byte would hold all places for minutes.</summary>
    private static async Task ReadFormAsync(HttpContext http)
    {
        try
        {
            if (http.Request.HasFormContentType)
                await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // Else the page would find no antiforgery token, and call it a forgery.
            throw new RefusedException(Refusal.Invalid("The form is too large.", exception.StatusCode));
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // The page finds the same, and says it in its way.
        }
    }

    private async ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellationToken)
    {
        var lease = _limiter.AttemptAcquire();
        if (lease.IsAcquired)
            return lease;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await _limiter.AcquireAsync(1, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return lease;
        }
    }
}
