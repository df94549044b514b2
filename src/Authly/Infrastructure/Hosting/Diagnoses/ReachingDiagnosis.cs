using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting.Diagnoses;

/// <summary>Whether clients that go to the issuer reach this server, and this server its Redis.</summary>
internal static class ReachingDiagnosis
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> MakeAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        List<Finding> findings = [await IssuerAsync(services.GetRequiredService<AuthlyOptions>().Issuer!, cancellationToken)];
        if (services.GetService<Redis>() is { } redis)
            findings.Add(await RedisAsync(redis, cancellationToken));
        return findings;
    }

    private static async Task<Finding> IssuerAsync(string issuer, CancellationToken cancellationToken)
    {
        var url = issuer.TrimEnd('/') + Declared.PathOf(OAuthEndpoint.Discovery);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(url), cancellationToken);
            if (!answer.IsSuccessStatusCode)
                return new("issuer", Verdict.Fault, $"{url} answers {(int)answer.StatusCode}.",
                    "Is the issuer's path (Authly:Issuer) the one that the proxy sends here, unchanged?");
            var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken)) as JsonObject;
            var said = document?[Metadata.Issuer]?.ToString();
            return said == issuer ? new("issuer", Verdict.Ok, "Clients that go there reach this issuer.")
                : new("issuer", Verdict.Fault, $"{url} is of another issuer.",
                    "Authly:Issuer must be, to the letter, what clients are configured with.");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return new("issuer", Verdict.Fault, $"{url} is not trusted: {StartFaults.OneLine(exception.GetBaseException().Message)}",
                "Clients that check certificates would not trust it either: renew it, or send the whole chain.");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.NameResolutionError)
        {
            return new("issuer", Verdict.Fault, $"The name of {issuer} is not known here.", "Is it in the DNS, and spelled right?");
        }
        catch (Exception exception) when (exception is HttpRequestException || exception is OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return new("issuer", Verdict.Warning, $"Nobody answers at {url}.",
                "Start the server; if it runs, look at what stands before it.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new("issuer", Verdict.Fault, $"{url} is answered by another program.", "Authly:Issuer must lead to this server.");
        }
    }

    private static async Task<Finding> RedisAsync(Redis redis, CancellationToken cancellationToken)
    {
        try
        {
            await (await redis.ConnectAsync().WaitAsync(Patience, cancellationToken)).GetDatabase().PingAsync()
                .WaitAsync(Patience, cancellationToken);
            return new("redis", Verdict.Ok, "Redis answers.");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new("redis", Verdict.Fault, $"Redis does not answer: {exception.GetBaseException().GetType().Name}.",
                "ConnectionStrings:Redis says where it is; until it answers each instance counts its limits alone.");
        }
    }
}
