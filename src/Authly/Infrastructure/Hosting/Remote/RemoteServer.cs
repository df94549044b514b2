using System.Text.Json.Nodes;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>A server elsewhere, by its issuer, and what its discovery document says of it (RFC 8414).</summary>
internal sealed class RemoteServer
{
    private const string Variable = "AUTHLY_SERVER";

    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromMinutes(2),
    };

    private RemoteServer(string issuer) => Issuer = issuer;

    /// <summary>Without a slash at its end.</summary>
    public string Issuer { get; }

    /// <param name="given">What was typed; the environment says it where nothing was.</param>
    /// <returns>Null where neither names one.</returns>
    /// <exception cref="StartupException">It is no address of a server, or one whose answers anybody on the way could read.</exception>
    public static RemoteServer? Of(string? given)
    {
        var text = given ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(text))
            return null;
        var (name, isUrl) = (given is null ? Variable : "--server", Uri.TryCreate(text, UriKind.Absolute, out var url));
        if (!isUrl || url!.Scheme is not ("https" or "http") || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw new StartupException($"{name} must be a server's issuer, as in https://login.example.com.");
        // Threat: whoever is on the way would read the token.
        if (url.Scheme == "http" && !url.IsLoopback)
            throw new StartupException($"{name} must be https, but on this machine.");
        return new RemoteServer(text.TrimEnd('/'));
    }

    /// <summary>An endpoint that its discovery document names.</summary>
    /// <exception cref="StartupException">It names none, or is of another server (RFC 8414 §3.3).</exception>
    public async Task<Uri> DiscoverAsync(string endpoint, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Issuer}/.well-known/openid-configuration");
        using var answer = await SendAsync(request, cancellationToken);
        var document = answer.IsSuccessStatusCode ? await ReadAsync(answer, cancellationToken) : null;
        if ($"{document?["issuer"]}".TrimEnd('/') != Issuer)
            throw new StartupException($"{Issuer} is not the issuer of a server.");
        return Uri.TryCreate($"{document![endpoint]}", UriKind.Absolute, out var url) ? url
            : throw new StartupException($"{Issuer} names no {endpoint}.");
    }

    /// <summary>Posts a form to the token or the revocation endpoint.</summary>
    /// <returns>The answer, and whether it was a success.</returns>
    public async Task<(JsonNode? Answer, bool IsSuccess)> PostAsync(
        Uri endpoint, Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        using var answer = await SendAsync(request, cancellationToken);
        return (await ReadAsync(answer, cancellationToken), answer.IsSuccessStatusCode);
    }

    /// <exception cref="StartupException">Nobody answers.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await Http.SendAsync(request, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StartupException($"{Issuer} cannot be reached: {exception.GetBaseException().Message}", exception);
        }
    }

    /// <returns>Null for what is no JSON.</returns>
    public static async Task<JsonNode?> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken),
                cancellationToken: cancellationToken);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
