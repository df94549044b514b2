using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>A server elsewhere, by its issuer, and what its discovery document says of it (RFC 8414).</summary>
internal sealed class RemoteServer
{
    private const string Variable = "AUTHLY_SERVER";

    private static readonly HttpClient Http = Make(useProxy: true);

    // Threat: a proxy would read what is sent to this machine itself, which may be without TLS.
    private static readonly HttpClient Direct = Make(useProxy: false);

    private ServerAnswer? _document;

    private RemoteServer(Uri issuer) => Issuer = issuer.AbsoluteUri.TrimEnd('/');

    /// <summary>Without a slash at its end.</summary>
    public string Issuer { get; }

    /// <param name="given">What was typed; the environment says it where nothing was.</param>
    /// <returns>Null where neither names one.</returns>
    /// <exception cref="StartupException">It is no address of a server, or one whose answers anybody on the way could read.</exception>
    public static RemoteServer? Of(string? given)
    {
        var text = given ?? Environment.GetEnvironmentVariable(Variable);
        // Threat: with a shell's empty variable behind --server a command that is meant for elsewhere would change what is here.
        if (text is null || (given is null && text.Length == 0))
            return null;
        var name = given is null ? Variable : "--server";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http")
            || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw new StartupException($"{name} must be a server's issuer, as in https://login.example.com.");
        return MayCarryTokens(url) ? new RemoteServer(url)
            : throw new StartupException($"{name} must be https, unless it is this machine.");
    }

    /// <summary>An endpoint that its discovery document names.</summary>
    /// <exception cref="StartupException">
    /// It names none that can be trusted with a token, or is of another server (RFC 8414 §3.3).
    /// </exception>
    public async Task<Uri> DiscoverAsync(Func<ServerAnswer, string?> endpoint, CancellationToken cancellationToken)
    {
        var named = endpoint(_document ??= await ReadDocumentAsync(cancellationToken));
        return Uri.TryCreate(named, UriKind.Absolute, out var url) && MayCarryTokens(url) ? url
            : throw new StartupException($"{Issuer} names an endpoint that is missing or not https: {named}");
    }

    private async Task<ServerAnswer> ReadDocumentAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Issuer}/.well-known/openid-configuration");
        using var answer = await SendAsync(request, cancellationToken);
        var document = await ServerAnswer.ReadAsync(answer, cancellationToken);
        if (!document.IsSuccess)
            throw new StartupException(document.Said($"{Issuer}/.well-known/openid-configuration"));
        if (document.Issuer?.TrimEnd('/') != Issuer)
            throw new StartupException(
                $"{Issuer} is not the issuer of a server{(document.Issuer is { } other ? $", which says that it is {other}" : "")}.");
        return document;
    }

    /// <summary>Posts a form to the token or the revocation endpoint.</summary>
    public async Task<ServerAnswer> PostAsync(Uri endpoint, Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        using var answer = await SendAsync(request, cancellationToken);
        return await ServerAnswer.ReadAsync(answer, cancellationToken);
    }

    /// <exception cref="StartupException">Nobody answers.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await (request.RequestUri!.IsLoopback ? Direct : Http).SendAsync(request, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StartupException($"{Issuer} cannot be reached: {exception.GetBaseException().Message}", exception);
        }
    }

    private static HttpClient Make(bool useProxy) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = useProxy,
        Expect100ContinueTimeout = TimeSpan.FromSeconds(10),
    })
    {
        Timeout = TimeSpan.FromMinutes(2),
        MaxResponseContentBufferSize = 64 << 20,
    };

    // Threat: whoever is on the way would read the token. And what is no address of the web would be opened by another program.
    private static bool MayCarryTokens(Uri url) => url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback);
}
