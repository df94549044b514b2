using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Authly.Tests.Harness;

/// <summary>A real Prometheus, of Debian's package, with the repository's rules, that scrapes one Authly every second.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    public const string Missing = "Prometheus is not installed: install Debian's package prometheus.";

    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, string folder, int port)
    {
        (_process, _folder) = (process, folder);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, "prometheus")))
        || (Environment.GetEnvironmentVariable("CI") == "true" ? throw new InvalidOperationException(Missing) : false);

    public static async Task<PrometheusServer> StartAsync(AuthlyServer server)
    {
        var folder = Directory.CreateTempSubdirectory("authly-prometheus-").FullName;
        var configuration = (await File.ReadAllTextAsync(Path.Combine(AuthlyServer.Repository, "prometheus", "prometheus.yml")))
            .Replace("scrape_interval: 15s", "scrape_interval: 1s\n  evaluation_interval: 1s", StringComparison.Ordinal)
            .Replace("localhost:9464", new Uri(server.Issuer).Authority, StringComparison.Ordinal)
            .Replace("rules/*.yml", Path.Combine(AuthlyServer.Repository, "prometheus", "rules", "*.yml"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), configuration);
        var port = Network.FreePort();
        string[] arguments =
        [
            $"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/data",
            $"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
        ];
        var prometheus = new PrometheusServer(Process.Start(new ProcessStartInfo("prometheus", arguments))!, folder, port);
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                if ((await prometheus._http.GetAsync(new Uri("/-/ready", UriKind.Relative))).IsSuccessStatusCode)
                    return prometheus;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException("Prometheus did not become ready.");
    }

    /// <summary>The samples that an expression has now; what Prometheus cannot read is an exception that quotes it.</summary>
    public async Task<IReadOnlyList<double>> QueryAsync(string expression)
    {
        using var form = new FormUrlEncodedContent([new("query", expression)]);
        using var answer = await _http.PostAsync(new Uri("/api/v1/query", UriKind.Relative), form);
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{expression}\n{json}");
        var data = json.GetProperty("data");
        return data.GetProperty("resultType").GetString() == "scalar"
            ? [Number(data.GetProperty("result")[1])]
            : [.. data.GetProperty("result").EnumerateArray().Select(sample => Number(sample.GetProperty("value")[1]))];
    }

    /// <summary>
    /// Each rule that is loaded: its name, whether it alerts, its expression, and what went wrong when it was last evaluated.
    /// </summary>
    public async Task<IReadOnlyList<(string Name, bool Alerts, string Expression, string? Error)>> RulesAsync()
    {
        var json = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/api/v1/rules", UriKind.Relative))).RootElement;
        return [.. json.GetProperty("data").GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (
                rule.GetProperty("name").GetString()!, rule.GetProperty("type").GetString() == "alerting",
                rule.GetProperty("query").GetString()!, rule.TryGetProperty("lastError", out var error) ? error.GetString() : null))];
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static double Number(JsonElement text) => double.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
