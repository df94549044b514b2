using System.Net;
using System.Net.Sockets;
using System.Text;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore.WebUtilities;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>
/// Where the browser comes back to with the answer of an authorization request: a port of this machine (RFC 8252 §7.3), or, where the
/// browser is on another one, the address that it would have gone to, typed in.
/// </summary>
internal sealed class Callback : IDisposable
{
    private readonly HttpListener _listener = new();

    private readonly string _state;

    /// <exception cref="HttpListenerException">Somebody else took the port at this moment.</exception>
    public Callback(string state)
    {
        _state = state;
        // The listener cannot choose a port by itself.
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            RedirectUri = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        }

        _listener.Prefixes.Add(RedirectUri);
        _listener.Start();
    }

    public string RedirectUri { get; }

    /// <summary>The code of the answer.</summary>
    /// <param name="issuer">Who must have given it (RFC 9207 §2.4).</param>
    /// <exception cref="StartupException">The server, or the person, said no.</exception>
    public async Task<string> CodeAsync(string issuer, CancellationToken cancellationToken)
    {
        var answers = new TaskCompletionSource<IReadOnlyDictionary<string, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = ListenAsync(answers);
        // The console's own reading cannot be cancelled; it ends with the program.
        _ = Task.Run(() => Read(answers), CancellationToken.None);
        var answer = await answers.Task.WaitAsync(cancellationToken);
        // Threat: a mix-up, where the code of one server is sent to another.
        if (answer.GetValueOrDefault(Parameters.Iss)?.TrimEnd('/') != issuer)
            throw new StartupException("The answer is of another server.");
        return answer.TryGetValue(Parameters.Code, out var code) ? code : throw new StartupException(
            $"{issuer} says {answer[Parameters.Error]}: {answer.GetValueOrDefault(Parameters.ErrorDescription)}");
    }

    public void Dispose() => _listener.Close();

    private async Task ListenAsync(TaskCompletionSource<IReadOnlyDictionary<string, string>> answers)
    {
        while (_listener.IsListening && !answers.Task.IsCompleted)
        {
            try
            {
                var http = await _listener.GetContextAsync();
                var answer = http.Request.HttpMethod == HttpMethods.Get ? AnswerOf(http.Request.Url) : null;
                try
                {
                    Tell(http.Response, isAnswer: answer is not null);
                }
                finally
                {
                    // Order: the program may end with it, and the page be lost.
                    if (answer is not null)
                        answers.TrySetResult(answer);
                }
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Whoever asked has hung up, or the sign-in is over.
            }
        }
    }

    private static void Tell(HttpListenerResponse response, bool isAnswer)
    {
        response.StatusCode = isAnswer ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        response.ContentType = "text/html; charset=utf-8";
        // Threat: the code stands in the address.
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cache-Control"] = "no-store";
        var said = isAnswer ? "The command line goes on, and says how it ends." : "There is nothing here.";
        var page = $"""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Authly</title>
            <body style="font: 1.1rem system-ui; margin: 20vh auto; max-width: 30rem; padding: 0 1rem"><p>{said} You can close this page.
            """;
        response.Close(Encoding.UTF8.GetBytes(page), willBlock: true);
    }

    private void Read(TaskCompletionSource<IReadOnlyDictionary<string, string>> answers)
    {
        while (!answers.Task.IsCompleted && Console.In.ReadLine() is { } line)
        {
            if (Uri.TryCreate(line.Trim(' ', '"', '\''), UriKind.Absolute, out var url) && AnswerOf(url) is { } answer)
                answers.TrySetResult(answer);
            else if (line.Trim().Length > 0)
                Console.Error.WriteLine("This is not the address that the browser was sent to.");
        }
    }

    /// <summary>Threat: any page in the browser can call this port. Only who was asked knows the state (RFC 6749 §10.12).</summary>
    private Dictionary<string, string>? AnswerOf(Uri? url)
    {
        var query = QueryHelpers.ParseQuery(url?.Query);
        return query.All(member => member.Value.Count == 1) && query.GetValueOrDefault(Parameters.State) == _state
            && (query.ContainsKey(Parameters.Code) || query.ContainsKey(Parameters.Error))
            ? query.ToDictionary(member => member.Key, member => member.Value.ToString(), StringComparer.Ordinal) : null;
    }
}
