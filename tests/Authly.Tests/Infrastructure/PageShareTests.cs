using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>The share of people's pages: who is slow, or asks for too much, takes no place from others.</summary>
public sealed class PageShareTests
{
    private const int MoreThanHavePlaces = 40;

    [Theory, OnEachDatabase]
    public async Task A_form_that_drips_in_takes_no_place_from_other_people(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        Assert.Equal(200, (await server.GetAsync("/account/login")).Status);
        var dripping = new List<TcpClient>();
        try
        {
            for (var connection = 0; connection < MoreThanHavePlaces; connection++)
                dripping.Add(await SendHalfAsync(server));
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            using var page = await server.Http.GetAsync(server.UrlOf("/account/login"), patience.Token);
            Assert.Equal(200, (int)page.StatusCode);
        }
        finally
        {
            dripping.ForEach(connection => connection.Dispose());
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_name_that_is_too_long_is_refused_before_anything_is_made_of_it(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var stranger = new Person(server);
        var page = await stranger.VisitAsync("/account/login");
        await page.SubmitAsync(("Username", "nobody"), ("Password", "wrong"));
        // Two kinds of marks, of which each of the second kind goes before all of the first in NFC.
        var name = new string('\u0301', 14_000) + new string('\u0316', 14_000);
        var fields = string.Join('&', page.Hidden.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));
        using var content = new StringContent(
            $"{fields}&Password=wrong&Username={name}", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var request = new HttpRequestMessage(HttpMethod.Post, server.UrlOf("/account/login")) { Content = content };
        request.Headers.Add("Cookie", stranger.Cookies);
        var started = Stopwatch.GetTimestamp();
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var took = Stopwatch.GetElapsedTime(started);
        Assert.Equal(200, (int)answer.StatusCode);
        var said = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("not right", said, StringComparison.Ordinal);
        Assert.InRange(took.TotalMilliseconds, 0, 150);
    }

    /// <summary>Fast enough at first for Kestrel's least rate of a body to be kept for minutes.</summary>
    private static async Task<TcpClient> SendHalfAsync(AuthlyServer server)
    {
        var url = server.UrlOf("/account/login");
        var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port);
        var head = $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Length: 60000\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n\r\nUsername=" + new string('x', 30_000);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        return client;
    }
}
