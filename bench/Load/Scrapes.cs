using System.Diagnostics;
using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>Whether scrapes fail: a real Prometheus scrapes every second, under saturating load and then with PostgreSQL stopped.</summary>
internal static class Scrapes
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (scrapes, connections) = (arguments.Get("scrapes", 600), arguments.Get("connections", 64));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var server = await Server.StartAsync(postgres);
        var folder = Directory.CreateTempSubdirectory("authly-prometheus-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: authly
                static_configs: [ { targets: ["{{server.Metrics.Authority}}"] } ]
            """);
        var port = Network.FreePort();
        using var prometheus = Process.Start(new ProcessStartInfo("prometheus",
        [
            $"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/data",
            $"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
        ]))!;
        using var http = new HttpClient();
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            await PhaseAsync("under saturating load");
            await postgres.KillAsync();
            await PhaseAsync("with PostgreSQL stopped, clients still asking");
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }

        async Task PhaseAsync(string name)
        {
            var round = await Client.RunAsync(server.Port, TimeSpan.FromSeconds(scrapes + 1), connections, Client.ClientCredentials);
            var window = $"[{scrapes}s]";
            var asked = await AskAsync($"count_over_time(up{window})");
            var failed = await AskAsync($"count_over_time(up{window}) - sum_over_time(up{window})");
            var samples = await AskAsync($"min_over_time(scrape_samples_scraped{window})");
            var longest = await AskAsync($"max_over_time(scrape_duration_seconds{window})");
            Console.WriteLine($"{name}: {asked} scrapes, {failed} failed, at least {samples} samples each, longest {longest} s; "
                + $"meanwhile {round.Answers} answers, {round.PerSecond:F0}/s, {round.Failed} of them 503 or broken");
        }

        async Task<string> AskAsync(string query)
        {
            var url = new Uri($"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}");
            var answer = JsonDocument.Parse(await http.GetStringAsync(url)).RootElement;
            return answer.GetProperty("data").GetProperty("result")[0].GetProperty("value")[1].GetString()!;
        }
    }
}
