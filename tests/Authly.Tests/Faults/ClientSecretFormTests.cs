using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>FAULTS B: the ways in which installed clients write their credentials.</summary>
public sealed class ClientSecretFormTests(Servers servers)
{
    // The seed's, whose text and form-encoded text differ in every way that they can.
    private const string Secret = "api+secret%20with 100%";

    [Theory, OnEachDatabase]
    public async Task A_secret_in_Basic_is_right_as_it_stands_and_encoded_as_in_a_form(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var secret in new[] { Secret, Uri.EscapeDataString(Secret), Uri.EscapeDataString(Secret).Replace("%20", "+") })
            Assert.Equal((secret, 200), (secret, (await AskAsync(server, Encode($"api:{secret}"))).Status));
        foreach (var secret in new[] { "api secret with 100%", Secret + "x", "" })
            Assert.Equal((secret, 401), (secret, (await AskAsync(server, Encode($"api:{secret}"))).Status));
    }

    [Theory, OnEachDatabase]
    public async Task Basic_that_cannot_be_read_is_invalid_client_with_a_challenge_and_counted_as_such(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        var broken = new[] { "!!!", Encode("no-colon"), Encode("service:%zz"), Encode("\0:x"), Encode(":x"), "" };
        foreach (var credentials in broken)
        {
            var answer = await AskAsync(server, credentials);
            Assert.Equal((credentials, 401, "invalid_client"), (credentials, answer.Status, answer.Error));
            Assert.StartsWith("Basic ", answer.Message.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        var scrape = await server.ScrapeAsync();
        Assert.Equal(broken.Length, scrape.Sum("authly_security_events_total", ("event_type", "client_auth_failed")));
    }

    [Theory, OnEachDatabase]
    public async Task A_failed_authentication_of_a_registered_client_is_logged_with_its_method_and_not_each_time(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        await AskAsync(server, Encode("nobody-in-particular:wrong"));
        for (var times = 0; times < 20; times++)
            await AskAsync(server, Encode("service:wrong"));
        var posted = new { grant_type = "client_credentials", client_id = "post", client_secret = "wrong" };
        await server.PostAsync("/oauth/token", posted);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Single(Lines(server, "service failed to authenticate by client_secret_basic"));
        Assert.Single(Lines(server, "post failed to authenticate by client_secret_post"));
        Assert.DoesNotContain("nobody-in-particular", server.Output, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task A_client_without_a_method_is_named_in_the_log_once(Database database)
    {
        var settings = new Dictionary<string, string> { ["Logging__LogLevel__Authly"] = "Information" };
        await using var server = await AuthlyServer.StartAsync(database, settings);
        for (var times = 0; times < 3; times++)
            await AskAsync(server, Encode("service:service-secret-for-tests"));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Single(Lines(server, "service authenticates by client_secret_basic"));
    }

    private static IEnumerable<string> Lines(AuthlyServer server, string text) =>
        server.Output.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal));

    private static string Encode(string credentials) => Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

    private static async Task<Answer> AskAsync(AuthlyServer server, string credentials)
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = form };
        request.Headers.TryAddWithoutValidation("Authorization", "Basic " + credentials);
        return await Answer.ReadAsync(await server.Http.SendAsync(request));
    }
}
