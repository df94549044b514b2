using System.Net;
using System.Text.RegularExpressions;

namespace Authly.Load;

/// <summary>A signed-in person's cookie at a server, and the two requests that then make tokens.</summary>
internal sealed class People(string authorize, string token, string secret, string cookie)
{
    private const string Callback = "https%3A%2F%2Fapp.example%2Fcallback";

    // The pair of RFC 7636, Appendix B.
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    private const string Scope = "openid%20offline_access";

    private readonly string[] _refreshTokens = new string[1024];

    private static string Query(string prompt) =>
        $"?client_id=web&response_type=code&redirect_uri={Callback}&scope={Scope}&state=s"
        + $"&code_challenge={Challenge}&code_challenge_method=S256{prompt}";

    /// <summary>Authorize, then exchange the code: both with the cookie of a person who is signed in.</summary>
    public async Task<bool> AuthorizeAsync(int index, Connection connection)
    {
        await connection.SendAsync(Client.Request("GET", authorize + Query(""), cookie: cookie));
        var code = connection.Between("callback?code=", "&\r");
        if (code.Length == 0)
            return false;
        var form = $"grant_type=authorization_code&code={code}&redirect_uri={Callback}&code_verifier={Verifier}";
        var status = await connection.SendAsync(Client.Request("POST", token, form, $"web:{secret}"));
        _refreshTokens[index] = connection.Between("\"refresh_token\":\"", "\"");
        return status == 200;
    }

    /// <summary>Refreshes what this connection has, with rotation.</summary>
    public async Task<bool> RefreshAsync(int index, Connection connection)
    {
        if (string.IsNullOrEmpty(_refreshTokens[index]) && !await AuthorizeAsync(index, connection))
            return false;
        var form = $"grant_type=refresh_token&refresh_token={Uri.EscapeDataString(_refreshTokens[index])}";
        var status = await connection.SendAsync(Client.Request("POST", token, form, $"web:{secret}"));
        _refreshTokens[index] = status == 200 ? connection.Between("\"refresh_token\":\"", "\"") : "";
        return status == 200;
    }

    /// <summary>Signs in as a browser would, and keeps the cookies.</summary>
    public static async Task<People> SignInAsync(int port, string authorize, string token, string secret, string prompt = "")
    {
        var root = new Uri($"http://127.0.0.1:{port}");
        var cookies = new Dictionary<string, string>();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, authorize + Query(prompt)));
        for (var step = 0; step < 12; step++)
        {
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(pair => $"{pair.Key}={pair.Value}")));
            using var answer = await http.SendAsync(request);
            foreach (var set in answer.Headers.TryGetValues("Set-Cookie", out var values) ? values : [])
                cookies[set.Split('=')[0]] = set.Split(';')[0].Split('=', 2)[1];
            if (answer.Headers.Location is { } location)
            {
                if (location.OriginalString.StartsWith("https://app.example", StringComparison.Ordinal))
                    return new People(authorize, token, secret, string.Join("; ", cookies.Select(pair => $"{pair.Key}={pair.Value}")));
                var path = location.IsAbsoluteUri ? location.PathAndQuery : location.OriginalString;
                request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, path));
                continue;
            }

            var page = await answer.Content.ReadAsStringAsync();
            // The answer to the form goes on by a page.
            if (page.Contains("content=\"0;url=https://app.example", StringComparison.Ordinal))
                return new People(authorize, token, secret, string.Join("; ", cookies.Select(pair => $"{pair.Key}={pair.Value}")));
            if (Regex.Match(page, "name=\"antiforgery\"[^>]*value=\"([^\"]+)\"") is not { Success: true } field)
                throw new InvalidOperationException($"{(int)answer.StatusCode}: {page[..Math.Min(500, page.Length)]}");
            request = new HttpRequestMessage(HttpMethod.Post, request.RequestUri)
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["antiforgery"] = WebUtility.HtmlDecode(field.Groups[1].Value),
                    ["Username"] = "alice",
                    ["Password"] = "correct horse battery",
                }),
            };
        }

        throw new InvalidOperationException("Nobody could sign in.");
    }
}
