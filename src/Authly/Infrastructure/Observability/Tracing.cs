using System.Diagnostics;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// One span for each handler, inside the request's own (W3C trace context), and the feature's name on the request's span, where
/// logs find it. Nobody listening, no span is made.
/// </summary>
internal static class Tracing
{
    public const string SourceName = "Authly";

    /// <summary>The attribute that names the feature which a request was for: the outermost handler's.</summary>
    public const string FeatureAttribute = "authly.feature";

    private static readonly ActivitySource Source = new(SourceName);

    public static Activity? HandlerStarted(string feature)
    {
        if (Activity.Current is { } request && request.Source.Name != SourceName && request.GetTagItem(FeatureAttribute) is null)
            request.SetTag(FeatureAttribute, feature);
        return Source.StartActivity(feature);
    }

    public static void HandlerEnded(Activity? span, HandlerOutcome outcome, ProtocolError? error)
    {
        if (span is null)
            return;
        span.SetTag("authly.outcome", Label<HandlerOutcome>.Of(outcome));
        if (error is { } code)
            span.SetTag("error.type", code.Name());
        // A refusal is an answer; only a fault of ours is an error of the span.
        if (outcome == HandlerOutcome.Exception)
            span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }

    /// <summary>The feature that the running request is for; null outside of one.</summary>
    public static string? CurrentFeature
    {
        get
        {
            for (var activity = Activity.Current; activity is not null; activity = activity.Parent)
            {
                if (activity.GetTagItem(FeatureAttribute) is string feature)
                    return feature;
            }

            return null;
        }
    }
}
