using System.Net.Http.Headers;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Discovery;

public sealed class DiscoveryTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task Both_documents_agree_and_every_endpoint_in_them_answers(Database database)
    {
        var server = await servers.SharedAsync(database);
        var openid = await server.GetAsync("/.well-known/openid-configuration");
        Assert.Equal(openid.Body, (await server.GetAsync("/.well-known/oauth-authorization-server")).Body);
        Assert.Equal(server.Issuer, openid["issuer"]);
        Assert.Contains("orders.read", openid["scopes_supported"], StringComparison.Ordinal);
        Assert.DoesNotContain("private_key_jwt", openid.Body, StringComparison.Ordinal);
        Assert.Equal("[\"S256\"]", openid["code_challenge_methods_supported"]);
        foreach (var endpoint in openid.Json.EnumerateObject()
            .Where(member => member.Name.EndsWith("_endpoint", StringComparison.Ordinal) || member.Name == "jwks_uri"))
            Assert.NotEqual(404, (await server.GetAsync(endpoint.Value.GetString()!)).Status);
    }

    [Theory, OnEachDatabase]
    public async Task Documents_are_cacheable_and_conditional(Database database)
    {
        var server = await servers.SharedAsync(database);
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/jwks.json" })
        {
            var first = await server.GetAsync(path);
            Assert.Equal("public, max-age=3600", first.Message.Headers.CacheControl!.ToString());
            foreach (var known in new[] { first.Message.Headers.ETag!, EntityTagHeaderValue.Any })
            {
                using var again = new HttpRequestMessage(HttpMethod.Get, path);
                again.Headers.IfNoneMatch.Add(known);
                Assert.Equal(304, (int)(await server.Http.SendAsync(again, TestContext.Current.CancellationToken)).StatusCode);
            }
        }
    }

    [Theory, OnEachDatabase]
    public async Task Every_key_has_kid_alg_and_use_and_none_is_private(Database database)
    {
        var server = await servers.SharedAsync(database);
        var keys = (await server.GetAsync("/.well-known/jwks.json")).Json.GetProperty("keys").EnumerateArray().ToList();
        Assert.Equal(["ES256", "RS256"], keys.Select(key => key.GetProperty("alg").GetString()!).Order());
        foreach (var key in keys)
        {
            Assert.Equal("sig", key.GetProperty("use").GetString());
            Assert.NotEmpty(key.GetProperty("kid").GetString()!);
            Assert.False(key.TryGetProperty("d", out _));
        }
    }

    [Theory, OnEachDatabase]
    public async Task The_issuer_is_the_configured_one_whatever_the_Host_header_says(Database database)
    {
        var server = await servers.SharedAsync(database);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/openid-configuration");
        request.Headers.Host = "evil.example";
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-Proto", "https");
        var answer = await Answer.ReadAsync(await server.Http.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(server.Issuer, answer["issuer"]);
        Assert.DoesNotContain("evil", answer.Body, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task Keys_survive_a_restart(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-keys-");
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={folder.FullName}/authly.db";
        await using var first = await AuthlyServer.StartAsync(database, connectionString: connection);
        var before = await first.GetAsync("/.well-known/jwks.json");
        var tokens = await first.TokensAsync();
        await first.DisposeAsync();
        var settings = new Dictionary<string, string> { ["Urls"] = first.Issuer };
        await using var second = await AuthlyServer.StartAsync(database, settings, connection);
        Assert.Equal(before.Body, (await second.GetAsync("/.well-known/jwks.json")).Body);
        Assert.Equal(200, (await second.UserInfoAsync(tokens["access_token"])).Status);
        Assert.Equal(200, (await second.RefreshAsync(tokens["refresh_token"]!)).Status);
        folder.Delete(recursive: true);
    }
}
