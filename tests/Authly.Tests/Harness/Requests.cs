using System.Net;
using System.Text;

namespace Authly.Tests.Harness;

/// <summary>Single requests, and their answers read.</summary>
public static class Requests
{
    public static async Task<Answer> GetAsync(this AuthlyServer server, string path) =>
        await Answer.ReadAsync(await server.Http.GetAsync(server.UrlOf(path)));

    /// <summary>A path below the issuer's; what is a whole URL stays one.</summary>
    public static Uri UrlOf(this AuthlyServer server, string path) =>
        path.StartsWith('/') ? new Uri(server.Issuer + path) : new Uri(path, UriKind.Absolute);

    /// <summary>All metrics as they are now.</summary>
    public static async Task<Scrape> ScrapeAsync(this AuthlyServer server)
    {
        // The exporter answers from its last collection for 300 ms.
        await Task.Delay(350);
        return new Scrape(await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
    }

    /// <summary>Posts a form and reads the JSON that comes back.</summary>
    public static async Task<Answer> PostAsync(
        this AuthlyServer server, string path, IEnumerable<KeyValuePair<string, string>> form, string? basic = null, string? bearer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.UrlOf(path)) { Content = new FormUrlEncodedContent(form) };
        if (basic is not null)
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(basic)));
        if (bearer is not null)
            request.Headers.Authorization = new("Bearer", bearer);
        return await Answer.ReadAsync(await server.Http.SendAsync(request));
    }

    public static Task<Answer> PostAsync(
        this AuthlyServer server, string path, object form, string? basic = null, string? bearer = null)
    {
        var fields = form.GetType().GetProperties()
            .Select(property => new KeyValuePair<string, string>(property.Name, (string)property.GetValue(form)!));
        return server.PostAsync(path, fields, basic, bearer);
    }

    /// <summary>Posts a body, and a path, exactly as they are written.</summary>
    public static async Task<HttpResponseMessage> PostRawAsync(this AuthlyServer server, string path, string body)
    {
        using var content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        // The path as it is written: Uri would put it in order.
        var url = new Uri(server.Issuer + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        try
        {
            return await server.Http.SendAsync(request);
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException)
        {
            // The server answered and closed while the body was still on its way.
            return new HttpResponseMessage(HttpStatusCode.RequestEntityTooLarge);
        }
    }
}
