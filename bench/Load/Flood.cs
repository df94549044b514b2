using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>
/// What a flood at the sign-in form does to the token endpoint: the same rate of token requests in quiet, with workers that load the form
/// and post wrong passwords as fast as they are answered, and in quiet again. Rate limits are off: a flood can come from many addresses.
/// </summary>
internal static class Flood
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (workers, perSecond, seconds) = (arguments.Get("workers", 400), arguments.Get("rate", 300), arguments.Get("seconds", 30));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var server = await Server.StartAsync(postgres, new Dictionary<string, string>
        {
            ["Authly__RateLimits__Enabled"] = arguments.Text("limits") is "on" ? "true" : "false",
            ["Authly__SignIn__AddressFailures"] = "1000000",
        });
        var warmUp = TimeSpan.FromSeconds(arguments.Get("warm-up", 60));
        using (var warm = new CancellationTokenSource(warmUp))
        {
            var guesses = Enumerable.Range(0, workers)
                .Select(worker => GuessAsync(server.Port, worker, new int[600], warm.Token)).ToArray();
            await Client.RunAtAsync(server.Port, warmUp, 16, perSecond, Client.ClientCredentials);
            await Task.WhenAll(guesses);
        }

        Console.WriteLine($"{workers} workers at the sign-in form; token requests at {perSecond}/s by 16 connections");
        Round? quiet = null;
        foreach (var isFlood in new[] { false, true, false, true, false })
        {
            using var stop = new CancellationTokenSource();
            var answers = new int[600];
            var flood = Enumerable.Range(0, isFlood ? workers : 0)
                .Select(worker => Task.Run(() => GuessAsync(server.Port, worker, answers, stop.Token))).ToArray();
            await Task.Delay(TimeSpan.FromSeconds(3));
            var round = await Client.RunAtAsync(server.Port, TimeSpan.FromSeconds(seconds), 16, perSecond, Client.ClientCredentials);
            var scrape = isFlood ? await ScrapeAsync(server) : "";
            await stop.CancelAsync();
            await Task.WhenAll(flood);
            quiet ??= round;
            var form = string.Join(", ", answers.Index().Where(each => each.Item > 0)
                .Select(each => $"{each.Item / (seconds + 3)}/s {each.Index}"));
            Console.WriteLine($"{(isFlood ? "flood" : "quiet"),-6} {round.PerSecond,6:F0}/s, p50 {round.P50,6:F2} ms, "
                + $"p99 {round.P99,7:F2} ms ({round.P99 / quiet.P99:F2}x of the first quiet), {round.Failed} failed"
                + (isFlood ? $"; the form answered {form}{scrape}" : ""));
        }
    }

    private static async Task GuessAsync(int port, int worker, int[] answers, CancellationToken stop)
    {
        using var connection = new Connection(port);
        for (var guess = 0; !stop.IsCancellationRequested; guess++)
        {
            try
            {
                Interlocked.Increment(ref answers[await connection.SendAsync(Client.Request("GET", "/account/login"))]);
                var page = connection.Answer;
                var field = Regex.Match(page, "name=\"antiforgery\"[^>]*value=\"([^\"]+)\"");
                if (!field.Success)
                    continue;
                var cookie = Regex.Match(page, "Set-Cookie: ([^;]+);", RegexOptions.IgnoreCase).Groups[1].Value;
                var form = $"antiforgery={Uri.EscapeDataString(WebUtility.HtmlDecode(field.Groups[1].Value))}"
                    + $"&Username=user-{worker}-{guess}&Password=wrong-password";
                var status = await connection.SendAsync(Client.Request("POST", "/account/login", form, cookie: cookie));
                Interlocked.Increment(ref answers[status]);
            }
            catch (System.Net.Sockets.SocketException)
            {
                connection.Close();
            }
        }
    }

    /// <summary>Requests that wait for a connection to the database: Npgsql has no such series before the first has.</summary>
    private static async Task<string> ScrapeAsync(Server server)
    {
        using var http = new HttpClient();
        var lines = (await http.GetStringAsync(server.Metrics)).Split('\n');
        var hasWaited = lines.Any(line => line.StartsWith("db_client_connection_npgsql_pending_requests{", StringComparison.Ordinal));
        var told = new StringBuilder($"\n         {(hasWaited ? "somebody" : "nobody")} has waited for a connection to the database");
        foreach (var line in lines.Where(line => line.StartsWith("authly_queue_length{", StringComparison.Ordinal)))
            told.Append($"\n         {line}");
        return told.ToString();
    }
}
