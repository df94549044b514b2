using System.Globalization;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// <c>authly health</c>: asks the instance that runs on this machine with the same settings whether it is ready; for Docker's HEALTHCHECK,
/// where nothing else is in the image that could ask. Exit code 0: ready. 1: not, or nobody answers within five seconds.
/// </summary>
internal static class HealthCommand
{
    public const string Name = "health";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(CommandContext context)
    {
        if (context.Command.Words.Length > 0)
            throw new StartupException("It takes no words.");
        var url = $"{AddressOf(context.Builder)}{PathBases.Health}/ready";
        // It asks this machine: whom the certificate names is of no concern.
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var client = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(url));
            var status = $"{JsonNode.Parse(await answer.Content.ReadAsStringAsync())?["status"]}";
            if (!answer.IsSuccessStatusCode)
                throw new StartupException($"{url} says {(int)answer.StatusCode} {status}");
            Console.WriteLine(status);
            return 0;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
        {
            throw new StartupException($"No Authly answers at {url}", exception);
        }
    }

    private static string AddressOf(WebApplicationBuilder builder)
    {
        var given = builder.Configuration.Given("Authly:Metrics:Port");
        var port = given is not null && int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : builder.Environment.IsDevelopment() ? 0 : MetricsOptions.DefaultPort;
        return port > 0 ? $"http://localhost:{port}" : new ListenAddresses(builder.Configuration).Local;
    }
}
