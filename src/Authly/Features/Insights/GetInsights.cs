using Authly.Infrastructure.Observability;
using MediatR;

namespace Authly.Features.Insights;

/// <summary>The last 15 minutes of this process as pictures would show them.</summary>
internal static class GetInsights
{
    public sealed record Query : IRequest<Response>;

    /// <param name="Since">Since when this process keeps them, because somebody looks; null for its start.</param>
    public sealed record Response(IReadOnlyList<Reading> Now, IReadOnlyList<Chart> Charts, DateTimeOffset? Since = null);

    public sealed record Reading(string Name, string Value);

    public sealed class Handler(History history, HistoryRecorder recorder, TimeProvider time) : IRequestHandler<Query, Response>
    {
        private static readonly string[] OnTheWay = ["login", "consent", "repeat", "success"];

        private static readonly string[] Queues = ["passwords", "token_writes", "token_reads"];

        public Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var since = recorder.Look();
            var recent = new Recent(history.Moments, time.GetUtcNow());
            var requests = recent.Rate(point => IsRequest(point));
            var latency = recent.Distributions(point => point.Instrument == InstrumentNames.HandlerDuration && !IsLooking(point));
            // Of those that were at work when the history began, it sees the end only.
            var working = recent.Last(InstrumentNames.HandlersInProgress, 1, point => !IsLooking(point))[^1];
            var memory = recent.Last("dotnet.process.memory.working_set", 1 << 20);
            IReadOnlyList<Reading> now =
            [
                new("Requests a second", Chart.Format(requests[^1])),
                new("95th percentile", $"{Chart.Format(latency[^1]?.Quantile(0.95) * 1000)} ms"),
                new("At work now", Chart.Format(working is { } count ? Math.Max(0, count) : null)),
                new("Memory", $"{Chart.Format(memory[^1])} MiB"),
                new("Running for", TimeSpan.FromSeconds(Math.Floor(recent.Last(InstrumentNames.Uptime)[^1] ?? 0)).ToString("c")),
            ];
            IReadOnlyList<Chart> charts =
            [
                new Lines("Requests", "a second, without this page, probes and scrapes",
                    [new("all", requests),
                    new("failed by our fault", recent.Rate(point => IsRequest(point) && IsFault(point)))]),
                new Lines("Latency of handlers", "milliseconds",
                    [Percentile("median", 0.5), Percentile("95th percentile", 0.95), Percentile("99th percentile", 0.99)]),
                new Bars("From the authorization request to the token", "in 15 minutes",
                [
                    new("Sign-in shown", Authorizations("login")), new("Consent shown", Authorizations("consent")),
                        new("Code issued", Authorizations("success")),
                    new("Code exchanged", Tokens("authorization_code")), new("Refreshed", Tokens("refresh_token")),
                ]),
                new Bars("Journeys that ended, by the pages on the way", "in 15 minutes", [.. recent.Totals(IsJourney, "interaction")]),
                new Bars("Journeys that ended, by how", "in 15 minutes", [.. recent.Totals(IsJourney, "outcome")]),
                new Bars("Refusals by OAuth error code", "in 15 minutes",
                    [.. recent.Totals(IsRefusal, "status").Take(8)]),
                new Lines("Sign-ins", "a minute",
                    [new("signed in", recent.Rate(point => IsLogin(point, "success"), 60)),
                    new("refused", recent.Rate(point => IsLogin(point, "failed"), 60))]),
                new Lines("Database commands", "a second",
                    [new("commands", recent.Rate(IsQuery)),
                    new("failed", recent.Rate(point => IsQuery(point) && Is(point, "status", "error")))]),
                new Lines("Database connections", "of the pool", [new("in use", Connections("used")), new("idle", Connections("idle"))]),
                new Lines("Wait in queues", "milliseconds, 95th percentile", [.. Queues.Select(queue => new Line(queue,
                    [.. recent.Distributions(point => point.Instrument == InstrumentNames.QueueWait && Is(point, "queue", queue))
                        .Select(slot => slot?.Quantile(0.95) * 1000)]))]),
                new Lines("Waiting in queues", "now", [.. Queues.Select(queue => new Line(queue,
                    recent.Last(InstrumentNames.QueueLength, 1, point => Is(point, "queue", queue))))]),
                new Bars("Refused by queues", "in 15 minutes",
                    [.. recent.Totals(point => point.Instrument == InstrumentNames.QueueRefused, "queue")]),
                new Lines("Memory", "MiB",
                    [new("working set", memory), new("managed heap", recent.Last("dotnet.gc.last_collection.heap.size", 1 << 20))]),
            ];
            // What never showed a value is not drawn: SQLite has no pool.
            return Task.FromResult(new Response(now, [.. charts.Where(HasValues)], since));

            Line Percentile(string name, double share) => new(name, [.. latency.Select(slot => slot?.Quantile(share) * 1000)]);
            double Authorizations(string status) =>
                recent.Total(point => point.Instrument == InstrumentNames.AuthorizationRequests && Is(point, "status", status));
            double Tokens(string grant) =>
                recent.Total(point => point.Instrument == InstrumentNames.TokenRequests && Is(point, "grant_type", grant)
                && Is(point, "status", "success"));
            IReadOnlyList<double?> Connections(string state) =>
                recent.Last("db.client.connection.count", 1, point => Is(point, "db.client.connection.state", state));
        }

        private static bool Is(Point point, string tag, string value) => point.Tags.GetValueOrDefault(tag) == value;

        private static bool IsFault(Point point) =>
            point.Tags.GetValueOrDefault("http.response.status_code")?.StartsWith('5') == true;

        private static bool IsLogin(Point point, string status) =>
            point.Instrument == InstrumentNames.LoginAttempts && Is(point, "status", status);

        private static bool IsJourney(Point point) => point.Instrument == InstrumentNames.Journeys;

        private static bool IsLooking(Point point) => Is(point, "feature", nameof(GetInsights));

        private static bool HasValues(Chart chart) =>
            chart is not Lines lines || lines.All.Any(line => line.Values.Any(value => value is not null));

        private static bool IsRefusal(Point point) =>
            point.Instrument is InstrumentNames.AuthorizationRequests or InstrumentNames.TokenRequests or InstrumentNames.EndpointRequests
            && !OnTheWay.Contains(point.Tags.GetValueOrDefault("status"));

        private static bool IsQuery(Point point) => point.Instrument == InstrumentNames.QueryDuration;

        private static bool IsRequest(Point point) =>
            point.Instrument == "http.server.request.duration" && point.Tags.TryGetValue("http.route", out var route)
            && route is not ("/insights" or "insights" or "/admin" or "admin") && !route.StartsWith("/health", StringComparison.Ordinal);
    }
}
