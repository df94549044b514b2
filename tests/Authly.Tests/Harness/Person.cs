using System.Net;
using System.Text.RegularExpressions;
using System.Web;

namespace Authly.Tests.Harness;

/// <summary>A person with a browser: keeps cookies, follows redirects as far as the application, fills the forms that come.</summary>
public sealed partial class Person(AuthlyServer server, string username = "alice", string password = "correct horse battery") : IDisposable
{
    public static readonly Uri Callback = new("http://localhost:5999/callback");

    private readonly CookieContainer _cookies = new();
    private readonly List<Uri> _redirects = [];
    private HttpClient? _client;

    /// <summary>What the browser would send to the server.</summary>
    public string Cookies => _cookies.GetCookieHeader(new Uri(server.Issuer));

    public string CookiesFor(string path) => _cookies.GetCookieHeader(new Uri(new Uri(server.Issuer), path));

    /// <summary>Everywhere that the browser was sent, in order.</summary>
    public IReadOnlyList<Uri> Redirects => _redirects;

    /// <summary>The length of the longest answer's headers so far, in characters.</summary>
    public int LongestHeader { get; private set; }

    private HttpClient Http => _client ??=
        new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            CookieContainer = _cookies,
            SslOptions = Network.AnyCertificate,
        })
        {
            BaseAddress = new Uri(server.Issuer),
        };

    /// <summary>Goes through sign-in and consent, and returns the parameters that the application's redirect URI receives.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AuthorizeAsync(AuthorizationRequest request, string decision = "allow")
    {
        var page = await VisitAsync(server.UrlOf(request.Url).ToString());
        for (var pages = 0; pages < 4 && page.Location is null; pages++)
        {
            page = page.Title switch
            {
                "Sign in · Authly" => await page.SubmitAsync(("Username", username), ("Password", password)),
                "Allow access · Authly" => await page.SubmitAsync(("decision", decision)),
                _ => throw new InvalidOperationException($"An unexpected page, {(int)page.Status}: {page.Text}"),
            };
        }

        return page.Parameters;
    }

    public Task<Page> VisitAsync(string url) => SendAsync(new HttpRequestMessage(HttpMethod.Get, url));

    public Task<Page> PostAsync(string url, params (string Name, string Value)[] fields) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))),
        });

    /// <summary>Sends a header with every request from here on.</summary>
    public void Header(string name, string value) => Http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);

    public void Dispose() => _client?.Dispose();

    private async Task<Page> SendAsync(HttpRequestMessage request)
    {
        for (var redirects = 0; redirects < 10; redirects++)
        {
            using var answer = await Http.SendAsync(request);
            var url = request.RequestUri!.IsAbsoluteUri ? request.RequestUri : new Uri(Http.BaseAddress!, request.RequestUri);
            LongestHeader = Math.Max(LongestHeader, $"{answer.Headers}{answer.Content.Headers}".Length);
            var policy = string.Join(';', answer.Headers.TryGetValues("Content-Security-Policy", out var policies) ? policies : []);
            var html = answer.Headers.Location is null ? await answer.Content.ReadAsStringAsync() : "";
            if ((answer.Headers.Location ?? Page.NextOf(html)) is not { } location)
                return new Page(this, url, answer.StatusCode, html, Location: null, policy);
            var target = new Uri(url, location);
            _redirects.Add(target);
            if (target.Authority != new Uri(server.Issuer).Authority)
                return new Page(this, url, answer.StatusCode, html, target, policy);
            request = new HttpRequestMessage(HttpMethod.Get, target);
        }

        throw new InvalidOperationException("Too many redirects.");
    }

    public sealed partial record Page(Person Person, Uri Url, HttpStatusCode Status, string Html, Uri? Location, string Policy)
    {
        public string Title => TitlePattern().Match(Html).Groups[1].Value.Replace("&#xB7;", "·", StringComparison.Ordinal);

        /// <summary>What stands in the page's main part.</summary>
        public string Text => WebUtility.HtmlDecode(
            TagPattern().Replace(Html[Math.Max(0, Html.IndexOf("<main", StringComparison.Ordinal))..], " "));

        public IReadOnlyDictionary<string, string> Parameters
        {
            get
            {
                var query = HttpUtility.ParseQueryString(
                    Location is { Fragment.Length: > 1 } ? Location.Fragment[1..] : Location?.Query ?? "");
                return query.AllKeys.ToDictionary(key => key!, key => query[key]!);
            }
        }

        /// <summary>The hidden fields of the page's form.</summary>
        public IEnumerable<(string Name, string Value)> Hidden => HiddenPattern().Matches(Html).Select(match => match.Value)
            .Select(input => (Name: Attribute(input, "name"), Value: Attribute(input, "value")));

        /// <summary>Where the page's form goes.</summary>
        public string Action =>
            ActionPattern().Match(Html) is { Success: true } match ? WebUtility.HtmlDecode(match.Groups[1].Value) : Url.ToString();

        /// <summary>Submits the page's form with its hidden fields and these.</summary>
        public Task<Page> SubmitAsync(params (string Name, string Value)[] fields) => Person.PostAsync(Action, [.. Hidden, .. fields]);

        /// <summary>Where a page that goes on by itself leads.</summary>
        public static Uri? NextOf(string html) => RefreshPattern().Match(html) is { Success: true } match
            ? new Uri(WebUtility.HtmlDecode(match.Groups[1].Value)) : null;

        private static string Attribute(string input, string name) =>
            WebUtility.HtmlDecode(Regex.Match(input, $"\\b{name}=\"([^\"]*)\"").Groups[1].Value);

        [GeneratedRegex("<title>([^<]*)</title>")]
        private static partial Regex TitlePattern();

        [GeneratedRegex("<[^>]*>")]
        private static partial Regex TagPattern();

        [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
        private static partial Regex HiddenPattern();

        [GeneratedRegex("<meta http-equiv=\"refresh\" content=\"0;url=([^\"]+)\">")]
        private static partial Regex RefreshPattern();

        [GeneratedRegex("<form[^>]*action=\"([^\"]+)\"")]
        private static partial Regex ActionPattern();
    }
}
