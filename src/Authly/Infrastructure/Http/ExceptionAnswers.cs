using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The one place where exceptions become answers: a refusal is what it says, a request that cannot be read its 4xx, overload and a database
/// that is away 503 with
/// <c>Retry-After</c>, and a bug of ours 500. Never a stack trace.
/// </summary>
internal sealed class ExceptionAnswers(RequestDelegate next, ILogger<ExceptionAnswers> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer; the status is for the metrics, as nginx spells it.
            if (!http.Response.HasStarted)
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            var refusal = Faults.RefusalOf(exception);
            Log(refusal, exception);
            http.Response.Clear();
            await ErrorStyles.RefuseAsync(http, refusal);
        }
    }

    private void Log(Refusal refusal, Exception exception)
    {
        if (refusal == Refusal.Overloaded)
            logger.LogWarning("A request was turned away: too many wait for the same");
        else if (refusal == Refusal.DatabaseAway)
            logger.LogError("The database did not answer a request: {Fault}", exception.GetBaseException().GetType().Name);
        else if (refusal == Refusal.Bug)
            logger.LogError(exception, "A request failed");
    }
}
