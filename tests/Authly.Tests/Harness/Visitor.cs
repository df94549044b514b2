using System.Net;
using System.Text.RegularExpressions;

namespace Authly.Tests.Harness;

/// <summary>
/// Alice at an application that is not ours: a browser without script that goes wherever it is sent, over all hosts, and fills Authly's
/// pages. It keeps cookies as browsers do for localhost: by name, whatever the port, and secure ones too.
/// </summary>
public sealed partial class Visitor : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Dictionary<string, string> _cookies = [];

    /// <summary>The longest address that it was sent to.</summary>
    public int LongestAddress { get; private set; }

    public void Dispose() => _http.Dispose();

    /// <summary>Visits a page and goes on until nothing leads further, or until it is sent to an address that begins so.</summary>
    public async Task<(Uri Address, string Text)> VisitAsync(string url, string? until = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        for (var hops = 0; hops < 20; hops++)
        {
            var address = request.RequestUri!;
            LongestAddress = Math.Max(LongestAddress, address.OriginalString.Length);
            if (until is not null && address.OriginalString.StartsWith(until, StringComparison.Ordinal))
                return (address, "");
            using var answer = await SendAsync(request);
            var html = await answer.Content.ReadAsStringAsync();
            if (answer.Headers.Location is { } location)
                request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, location));
            else if (Refresh().Match(html) is { Success: true } refresh)
                request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, WebUtility.HtmlDecode(refresh.Groups[1].Value)));
            else if (Form().Match(html) is { Success: true } form)
                request = Submit(address, form.Value);
            else
                return (address, html);
        }

        throw new InvalidOperationException($"It leads on and on, last to {request.RequestUri}.");
    }

    private static HttpRequestMessage Submit(Uri address, string form)
    {
        var fields = Input().Matches(form).Select(input => input.Value)
            .ToDictionary(input => Attribute(input, "name"), input => Attribute(input, "value"));
        if (form.Contains("name=\"Password\"", StringComparison.Ordinal))
            (fields["Username"], fields["Password"]) = ("alice", "correct horse battery");
        else if (form.Contains("name=\"decision\"", StringComparison.Ordinal))
            fields["decision"] = "allow";
        var action = Attribute(form, "action");
        return new HttpRequestMessage(HttpMethod.Post, new Uri(address, action.Length > 0 ? action : address.OriginalString))
        {
            Content = new FormUrlEncodedContent(fields),
        };
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        if (_cookies.Count > 0)
            request.Headers.Add("Cookie", string.Join("; ", _cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        var answer = await _http.SendAsync(request);
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var values) ? values : [])
        {
            var pair = cookie.Split(';')[0].Split('=', 2);
            if (pair[1].Length == 0 || cookie.Contains("1970", StringComparison.Ordinal))
                _cookies.Remove(pair[0]);
            else
                _cookies[pair[0]] = pair[1];
        }

        return answer;
    }

    private static string Attribute(string tag, string name) =>
        WebUtility.HtmlDecode(Regex.Match(tag, $"\\b{name}=[\"']([^\"']*)[\"']").Groups[1].Value);

    [GeneratedRegex("""<meta http-equiv="refresh" content="\d+;\s*url=([^"]*)""", RegexOptions.IgnoreCase)]
    private static partial Regex Refresh();

    [GeneratedRegex("<form[^>]*method=[\"']?post.*?</form>", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex Input();
}
