using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Protocol;

namespace Authly.Tests.Harness;

/// <summary>The administration API, as a client asks it that an operator has made for this.</summary>
public sealed class AdminApi(AuthlyServer server, string? token)
{
    public static readonly string EveryScope = string.Join(' ', AdminScopes.All.Keys);

    public string? Token => token;

    /// <summary>Makes the client, and gets its token.</summary>
    public static async Task<AdminApi> OpenAsync(
        SharedDatabase shared, AuthlyServer server, string? scope = null, string clientId = "operations")
    {
        scope ??= EveryScope;
        var made = await shared.TellAsync("client", "create", clientId, "--grant-type", "client_credentials", "--scope", scope);
        var basic = $"{clientId}:{made.GetProperty("client_secret").GetString()}";
        Answer? answer = null;
        await CommandLines.SoonAsync(async () =>
            (answer = await server.PostAsync("/oauth/token", new { grant_type = "client_credentials", scope }, basic)).Status == 200);
        return new AdminApi(server, answer!["access_token"]);
    }

    /// <param name="body">Text is sent as it is, all else as JSON.</param>
    public async Task<Answer> SendAsync(string method, string path, object? body = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), server.UrlOf($"/admin/{path}"));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        // What is refused for its length is refused before it is sent.
        request.Headers.ExpectContinue = body is string { Length: > 1 << 20 };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Answer.ReadAsync(await server.Http.SendAsync(request));
    }

    /// <summary>Posts an empty object as of a media type; returns the status.</summary>
    public async Task<int> PostAsAsync(string path, string mediaType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.UrlOf($"/admin/{path}")) { Content = new StringContent("{}") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return (int)(await server.Http.SendAsync(request)).StatusCode;
    }

    public Task<Answer> GetAsync(string path) => SendAsync("GET", path);

    /// <summary>What a read says, and its version.</summary>
    public async Task<(JsonElement Body, string Version)> ReadAsync(string path)
    {
        var answer = await GetAsync(path);
        Assert.Equal(200, answer.Status);
        return (answer.Json, answer.Message.Headers.ETag!.Tag);
    }
}
