using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Diagnostics;

namespace Authly.Infrastructure.Http;

/// <summary>
/// The one place where exceptions become answers: a <see cref="Refusal"/> is the client's 400, a request that cannot be read its
/// 4xx, and all else is our fault: 503 with <c>Retry-After</c>, never a bare 500 and never a stack trace.
/// </summary>
internal sealed class Faults(RequestDelegate next, ILogger<Faults> logger)
{
    private const int RetryAfterSeconds = 2;

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
        catch (Refusal refusal) when (!http.Response.HasStarted)
        {
            await AnswerAsync(http, StatusCodes.Status400BadRequest, refusal.Error, refusal.Message);
        }
        catch (BadHttpRequestException exception) when (!http.Response.HasStarted)
        {
            await AnswerAsync(http, exception.StatusCode, ProtocolError.InvalidRequest, "The request cannot be read.");
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            if (exception is OverloadedException)
                logger.LogWarning("A request was turned away: too many wait for the same");
            else if (exception.IsDatabaseFault())
                logger.LogError("The database did not answer a request: {Fault}", exception.GetBaseException().GetType().Name);
            else
                logger.LogError(exception, "A request failed");

            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(provider: null);
            await AnswerAsync(http, StatusCodes.Status503ServiceUnavailable, ProtocolError.TemporarilyUnavailable,
                "The server cannot answer at the moment. Try again in a few seconds.");
        }
    }

    /// <summary>Protocol endpoints answer in OAuth's JSON; for pages the status alone is left, and the error page is shown.</summary>
    private static async Task AnswerAsync(HttpContext http, int status, ProtocolError error, string description)
    {
        http.Response.StatusCode = status;
        var endpoint = (http.GetEndpoint() ?? http.Features.Get<IStatusCodeReExecuteFeature>()?.Endpoint)?.Metadata.GetMetadata<ProtocolEndpoint>();
        http.Features.Set(new RefusedRequest(error, description));
        if (endpoint is { AnswersWithPage: false })
            await ProtocolAnswers.WriteErrorAsync(http, status, error, description);
    }
}

/// <summary>What the error page has to say, where the authorization server itself did not answer.</summary>
internal sealed record RefusedRequest(ProtocolError Error, string Description);
