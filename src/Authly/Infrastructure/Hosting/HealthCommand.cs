using System.Globalization;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Asks the instance that runs on this machine with the same settings whether it is ready; for Docker's HEALTHCHECK,
/// where nothing else is in the image that could ask. Exit code 0: ready. 1: not, or nobody answers within five seconds.
/// </summary>
internal sealed class HealthCommand : IVerb
{
    public static VerbDeclaration Declaration { get; } =
        new("health", "Ask the instance on this machine with the same settings whether it is ready; exit code 0: it is.");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void Define(VerbBuilder verb) => verb.Runs(async (program, _, cancellationToken) =>
    {
        var url = $"{AddressOf(program().Builder)}{PathBases.Health}/ready";
        // It asks this machine: whom the certificate names is of no concern.
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var client = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(url), cancellationToken);
            var status = $"{JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))?["status"]}";
            if (!answer.IsSuccessStatusCode)
                throw new StartupException($"{url} says {(int)answer.StatusCode} {status}");
            Console.WriteLine(status);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
        {
            throw new StartupException($"No Authly answers at {url}", exception);
        }
    });

    private static string AddressOf(WebApplicationBuilder builder)
    {
        var given = builder.Configuration.Given("Authly:Metrics:Port");
        var port = given is not null && int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : builder.Environment.IsDevelopment() ? 0 : MetricsOptions.DefaultPort;
        return port > 0 ? $"http://localhost:{port}" : new ListenAddresses(builder.Configuration).Local;
    }
}
