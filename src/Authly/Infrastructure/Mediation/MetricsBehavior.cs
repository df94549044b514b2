using System.Diagnostics;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Infrastructure.Mediation;

/// <summary>
/// Times, counts and traces every handler, and is the only code that does: what a feature has to say it declares by the types of its
/// request (<see cref="ITokenRequest"/>, <see cref="ILoginRequest"/> ...), its response (<see cref="IOutcome"/> ...) and its endpoint.
/// </summary>
internal sealed class MetricsBehavior<TRequest, TResponse>(Instruments instruments, Activities activities)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : notnull
{
    private static readonly string Feature = typeof(TRequest).DeclaringType?.Name ?? typeof(TRequest).Name;

    // A grant's handler runs within the token endpoint's, which tells the client: there its error is counted.
    private static readonly bool IsNested = typeof(TResponse) == typeof(Grant);

    private static readonly OAuthEndpoint? Endpoint = Declared.EndpointOfRequest(typeof(TRequest));

    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var started = Stopwatch.GetTimestamp();
        instruments.HandlerStarted(Feature);
        var span = Tracing.HandlerStarted(Feature);
        var outcome = HandlerOutcome.Exception;
        ProtocolError? error = null;
        TResponse? response = default;
        try
        {
            response = await next();
            error = (response as IOutcome)?.Error;
            outcome = error is null ? HandlerOutcome.Ok : HandlerOutcome.Error;
            return response;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            error = ProtocolError.Other;
            outcome = HandlerOutcome.Cancelled;
            throw;
        }
        catch (Exception exception)
        {
            // What the client will be told is what is counted; a refusal is an answer, and only what is our fault an exception.
            var refusal = Faults.RefusalOf(exception);
            error = refusal.Error;
            outcome = refusal.Status < StatusCodes.Status500InternalServerError ? HandlerOutcome.Error : HandlerOutcome.Exception;
            throw;
        }
        finally
        {
            instruments.HandlerEnded(Feature, outcome, IsNested ? null : error, Stopwatch.GetElapsedTime(started));
            Tracing.HandlerEnded(span, outcome, error);
            Declare(request, response, error);
        }
    }

    /// <summary>Counts what the types of the request and its response declare beyond how it ended.</summary>
    private void Declare(TRequest request, TResponse? response, ProtocolError? error)
    {
        var client = (response as IClientOutcome)?.ClientId;
        if (client is not null)
            instruments.ClientAnswered(Feature, client);
        if (error is null && response is IPersonOutcome { PersonId: { } person })
            activities.Seen(new(person, Client: null));
        switch (request)
        {
            case ITokenRequest token:
                instruments.TokenRequestAnswered(token.GrantType, error, client);
                if (error is null && client is not null)
                    activities.Seen(new(Person: default, client));
                break;
            case IAuthorizationRequest authorization:
                var answer = response as IAuthorizationOutcome;
                instruments.AuthorizationRequestAnswered(
                    authorization.ResponseType, answer?.Step ?? AuthorizationStep.Ended, error, client);
                if (answer?.Journey is { } journey)
                    instruments.JourneyEnded(journey.Pages, OutcomeOf(error), journey.Duration);
                break;
            case ILoginRequest login:
                var outcome = response as ILoginOutcome;
                var failure = outcome is null ? error == ProtocolError.InvalidRequest ? LoginFailure.Malformed : LoginFailure.Unavailable
                    : outcome.Failure;
                instruments.LoginAttempted(login.Method, outcome?.Status ?? LoginStatus.Failed, failure);
                break;
            case IConsentRequest consent:
                if (error is null)
                    instruments.ConsentDecided(consent.Decision);
                break;
            case IPasswordRequest password:
                instruments.PasswordSet(password.Operation, error);
                break;
            default:
                if (Endpoint is { } endpoint)
                    instruments.EndpointRequestAnswered(endpoint, error, (response as IIntrospectionOutcome)?.Token);
                break;
        }
    }

    private static JourneyOutcome OutcomeOf(ProtocolError? error) => error switch
    {
        null => JourneyOutcome.Code,
        ProtocolError.AccessDenied => JourneyOutcome.Denied,
        _ => JourneyOutcome.Error,
    };
}
