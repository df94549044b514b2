using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Configuration;
using MediatR;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>Sends a command's requests to a server elsewhere (<see cref="SentRequests"/>), by the token of who signed in there.</summary>
internal sealed class RemoteMediator(RemoteServer server, TokenFile tokens) : IMediator
{
    /// <summary>A token that somebody else got, for machines; it is not refreshed.</summary>
    private const string Variable = "AUTHLY_TOKEN";

    private const int MostWaits = 3;

    private const int LongBody = 64 << 10;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <exception cref="StartupException">The server refuses it, in its own words, or cannot be reached.</exception>
    public async Task<TResponse> Send<TResponse>(IRequest<TResponse> request, CancellationToken cancellationToken = default)
    {
        var given = Given();
        var token = given ?? await tokens.AccessTokenAsync(server, rejected: null, cancellationToken);
        var answer = await PostAsync(request, token, cancellationToken);
        // An export is many pages. What was refused so has not been carried out.
        for (var waits = 0; waits < MostWaits && PauseOf(answer) is { } pause && pause <= LongestWait; waits++)
        {
            answer.Dispose();
            await Task.Delay(pause, cancellationToken);
            answer = await PostAsync(request, token, cancellationToken);
        }

        // It was revoked, or signed by a key that was withdrawn.
        if (answer.StatusCode == HttpStatusCode.Unauthorized && given is null)
        {
            answer.Dispose();
            token = await tokens.AccessTokenAsync(server, rejected: token, cancellationToken);
            answer = await PostAsync(request, token, cancellationToken);
        }

        using (answer)
        {
            if (!answer.IsSuccessStatusCode)
                throw new StartupException(await RefusalOfAsync(answer, cancellationToken));
            try
            {
                return JsonSerializer.Deserialize<TResponse>(
                    await answer.Content.ReadAsByteArrayAsync(cancellationToken), AdminJson.Answers) ?? throw new JsonException();
            }
            catch (JsonException exception)
            {
                throw new StartupException($"What {server.Issuer} answers cannot be read: it is of another version, perhaps.", exception);
            }
        }
    }

    public Task Publish(object notification, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task Publish<TNotification>(TNotification notification, CancellationToken cancellationToken = default)
        where TNotification : INotification => throw new NotSupportedException();

    /// <exception cref="StartupException">It cannot be a token.</exception>
    private static string? Given()
    {
        var given = Environment.GetEnvironmentVariable(Variable)?.Trim();
        return string.IsNullOrEmpty(given) ? null : ServerTokens.IsToken(given) ? given
            : throw new StartupException($"{Variable} holds no token.");
    }

    private async Task<HttpResponseMessage> PostAsync<TResponse>(
        IRequest<TResponse> request, string token, CancellationToken cancellationToken)
    {
        var type = request.GetType();
        var body = JsonSerializer.SerializeToUtf8Bytes(request, type, AdminJson.Whole);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{server.Issuer}{SentRequests.Path}/{SentRequests.NameOf(type)}")
        {
            Headers =
            {
                Authorization = new AuthenticationHeaderValue("Bearer", token),
                // Who refuses a long one says why before it is sent.
                ExpectContinue = body.Length > LongBody,
            },
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        return await server.SendAsync(message, cancellationToken);
    }

    private static TimeSpan? PauseOf(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.TooManyRequests ? answer.Headers.RetryAfter?.Delta : null;

    private async Task<string> RefusalOfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var said = (await ServerAnswer.ReadAsync(answer, cancellationToken)).Said(server.Issuer);
        return answer.StatusCode == HttpStatusCode.Unauthorized ? $"{server.Issuer} does not take the token: {said}"
            : PauseOf(answer) is { TotalSeconds: var seconds }
                ? string.Create(CultureInfo.InvariantCulture, $"{said} (Retry-After: {seconds:F0} seconds)")
            : said;
    }
}
