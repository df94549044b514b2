using System.Diagnostics;
using System.Diagnostics.Metrics;
using Authly.Infrastructure.Mediation;

namespace Authly.Infrastructure.Observability;

internal enum HandlerOutcome
{
    Ok,
    Error,
    Exception,
    Cancelled,
}

/// <summary>Every instrument that Authly itself declares; names, units and labels are those of <c>docs/metrics.md</c>.</summary>
internal sealed class Instruments
{
    public const string MeterName = "Authly";

    private static readonly string[] OutcomeNames = ["ok", "error", "exception", "cancelled"];

    // Seconds. 0.1 and 0.25 are the bounds that service level objectives refer to.
    private static readonly double[] LatencyBounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Histogram<double> _handlerDuration;
    private readonly Counter<long> _handlerErrors;
    private readonly UpDownCounter<long> _handlersInProgress;
    private readonly Counter<long> _tokenRequests;

    public Instruments(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _handlerDuration = meter.CreateHistogram("authly.handler.duration", "s",
            "Time that a handler took, with everything around it, by feature and outcome.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBounds });
        _handlerErrors = meter.CreateCounter<long>("authly.handler.errors", null,
            "Requests that a handler did not grant, by feature and OAuth error code.");
        _handlersInProgress = meter.CreateUpDownCounter<long>("authly.handlers.in_progress", null,
            "Handlers at work now, by feature.");
        _tokenRequests = meter.CreateCounter<long>("authly.oauth.token_requests", null,
            "Requests at the token endpoint, by grant type and status: success, or the OAuth error code.");
    }

    public void HandlerStarted(string feature) => _handlersInProgress.Add(1, new KeyValuePair<string, object?>("feature", feature));

    public void HandlerEnded(string feature, HandlerOutcome outcome, ProtocolError? error, TimeSpan duration)
    {
        var featureTag = new KeyValuePair<string, object?>("feature", feature);
        _handlersInProgress.Add(-1, featureTag);
        _handlerDuration.Record(duration.TotalSeconds, featureTag, new("outcome", OutcomeNames[(int)outcome]));
        if (error is { } code)
            _handlerErrors.Add(1, featureTag, new("error", code.Name()));
    }

    public void TokenRequestAnswered(GrantType grant, ProtocolError? error) => _tokenRequests.Add(1, new TagList
    {
        { "grant_type", grant.Name() },
        { "status", error is { } code ? code.Name() : "success" },
    });
}
