using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Observability;
using Authly.Tests.Harness;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Authly.Tests.Infrastructure;

public sealed class TraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Theory, OnEachDatabase]
    public async Task A_request_is_one_trace_from_the_caller_to_the_handlers_the_log_and_the_exemplar(Database database)
    {
        await using var collector = await Collector.StartAsync();
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Authly__Metrics__Otlp__Endpoint"] = collector.Endpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["Logging__Console__FormatterName"] = "authly",
            ["Logging__LogLevel__Authly.Access"] = "Information",
        });

        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token?in=the-query")
        {
            Content = new FormUrlEncodedContent(
                [new("grant_type", "client_credentials"), new("client_id", "web"), new("client_secret", "wrong")]),
        };
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        var trace = Encoding.Latin1.GetString(Convert.FromHexString(TraceId));
        await EventuallyAsync(() => collector.Traces.Contains("POST /oauth/token", StringComparison.Ordinal)
            && collector.Metrics.Contains("authly.oauth.token_requests", StringComparison.Ordinal));
        // The span's trace id, 16 bytes of field 1, stands at its begin and its name soon after it.
        var begin = $"\x0a\x10{System.Text.RegularExpressions.Regex.Escape(trace)}";
        Assert.Matches($"(?s){begin}.{{0,60}}Exchange.{{0,200}}authly\\.outcome", collector.Traces);
        Assert.Contains("authly.feature", collector.Traces, StringComparison.Ordinal);
        Assert.Contains("invalid_client", collector.Traces, StringComparison.Ordinal);
        if (database == Database.Postgres)
            Assert.Contains("postgresql", collector.Traces, StringComparison.Ordinal);
        Assert.DoesNotContain("the-query", collector.Traces, StringComparison.Ordinal);

        var lines = server.Output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("trace_id", out var id) && id.GetString() == TraceId).ToList();
        var access = Assert.Single(lines, line => line.GetProperty("category").GetString() == "Authly.Access");
        Assert.Equal("Exchange", access.GetProperty("feature").GetString());
        Assert.Equal("/oauth/token", access.GetProperty("Route").GetString());
        Assert.Equal(401, access.GetProperty("Status").GetInt32());
        var security = Assert.Single(
            lines, line => line.GetProperty("message").GetString()!.Contains("client_auth_failed", StringComparison.Ordinal));
        Assert.Equal("Exchange", security.GetProperty("feature").GetString());
        Assert.DoesNotContain("the-query", server.Output, StringComparison.Ordinal);

        using var scrape = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        scrape.Headers.Accept.ParseAdd("application/openmetrics-text; version=1.0.0");
        var answer = await server.Http.SendAsync(scrape, TestContext.Current.CancellationToken);
        var metrics = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Matches(
            $"authly_handler_duration_seconds_bucket\\{{[^}}]*feature=\"Exchange\"[^\n]*# \\{{[^}}]*trace_id=\"{TraceId}\"", metrics);
        Assert.Matches($"http_server_request_duration_seconds_bucket\\{{[^\n]*# \\{{[^}}]*trace_id=\"{TraceId}\"", metrics);
    }

    [Fact]
    public void A_logged_exception_is_its_types_and_stack_and_never_its_message()
    {
        using var line = new StringWriter();
        var exception = new InvalidOperationException("outer forged", new FormatException("inner forged"));
        var written = new LogEntry<string>(LogLevel.Error, "Test", default, "two\nlines", exception, (state, _) => state);
        new JsonLog(TimeProvider.System).Write(written, scopes: null, line);
        var entry = JsonDocument.Parse(Assert.Single(line.ToString().TrimEnd().Split('\n'))).RootElement;
        Assert.Equal("two\nlines", entry.GetProperty("message").GetString());
        var types = entry.GetProperty("exceptions").EnumerateArray().Select(each => each.GetProperty("type").GetString()!);
        Assert.Equal(["System.InvalidOperationException", "System.FormatException"], types);
        Assert.DoesNotContain("forged", line.ToString(), StringComparison.Ordinal);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 100 && !condition(); attempt++)
            await Task.Delay(100);
        Assert.True(condition());
    }
}
