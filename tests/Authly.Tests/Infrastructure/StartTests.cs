using System.Security.Cryptography;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class StartTests
{
    private static readonly Dictionary<string, string> Production = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["Authly__Issuer"] = "https://login.example.com",
        ["Authly__Metrics__Port"] = "0",
    };

    [Fact]
    public async Task Production_refuses_to_start_without_issuer_key_and_database_and_names_each()
    {
        await using var server = AuthlyServer.Launch(new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production" });
        Assert.Equal(1, await server.ExitAsync());
        foreach (var missing in new[] { "Authly:Issuer", "Authly:KeyEncryption", "ConnectionStrings:Authly" })
            Assert.Contains(missing + " is missing", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authly__Issuer", "http://login.example.com", "Authly:Issuer is http")]
    [InlineData("Authly__Issuer", "https://login.example.com/path?tenant=1", "scheme, host, port and a plain path only")]
    [InlineData("Authly__Issuer", "https://login.example.com/a//b", "scheme, host, port and a plain path only")]
    [InlineData("Authly__Issuer", "https://login.example.com/a/../b", "scheme, host, port and a plain path only")]
    [InlineData("Authly__Issuer", "https://login.example.com/%61", "scheme, host, port and a plain path only")]
    [InlineData("Authly__Issuer", "https://alice@login.example.com", "scheme, host, port and a plain path only")]
    [InlineData("Authly__Issuer", "login", "not an http(s) URL")]
    [InlineData("Authly__KeyEncryption__Key", "c2hvcnQ=", "not 32 bytes")]
    [InlineData("Authly__Lifetimes__AccessToken", "00:00:00", "Authly:Lifetimes:AccessToken")]
    [InlineData("Authly__Lifetimes__AccesToken", "00:05:00", "AccesToken")]
    [InlineData("Authly__Keys__Active", "00:00:00.5", "Authly:Keys:Active must be at least a second")]
    [InlineData("Authly__Keys__Announced", "91.00:00:00", "must not be more than Authly:Keys:Active")]
    [InlineData("Authly__Seed__File", "nowhere.json", "Authly:Seed:File names a file that does not exist")]
    [InlineData("ConnectionStrings__Redis", "redis://:secret@redis:6379", "ConnectionStrings:Redis cannot be read")]
    [InlineData("ConnectionStrings__Redis", "redis:6379,pasword=secret", "ConnectionStrings:Redis cannot be read")]
    public async Task A_wrong_setting_stops_the_start_with_its_name(string name, string value, string message)
    {
        await using var server = AuthlyServer.Launch(new Dictionary<string, string>(Production)
        {
            ["Authly__KeyEncryption__Key"] = NewKey(),
            ["ConnectionStrings__Authly"] = $"Data Source={Path.GetTempPath()}never.db",
            [name] = value,
        });
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains(message, server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{ "clients": [ { "client_id": "a", "redirect_uris": ["http://evil.example/cb"] } ] }""", "$.clients[0].redirect_uris[0]")]
    [InlineData("""{ "clients": [ { "client_id": "a", "redirect_uris": ["https://a.example/*"] } ] }""", "$.clients[0].redirect_uris[0]")]
    [InlineData("""{ "clients": [ { "client_id": "a", "redirect_uris": ["javascript:alert(1)"] } ] }""", "$.clients[0].redirect_uris[0]")]
    [InlineData(
        """{ "clients": [ { "client_id": "a", "redirect_uris": ["https://a.example/cb"], "require_pkce": false } ] }""",
        "$.clients[0].require_pkce")]
    [InlineData(
        """{ "clients": [ { "client_id": "a", "token_endpoint_auth_method": "client_secret_basic","""
        + """ "redirect_uris": ["https://a.example/cb"] } ] }""",
        "$.clients[0].client_secret")]
    [InlineData("""{ "clients": [ { "client_id": "a", "redirect_urls": [] } ] }""", "redirect_urls")]
    [InlineData("""{ "scopes": [ { "name": "two words" } ] }""", "$.scopes[0].name")]
    [InlineData("""{ "users": [ { "username": "a", "password": "long enough", "client_id": "44" } ] }""", "$.users[0].client_id")]
    [InlineData("""{ "users": [ { "username": "a", "password": "short" } ] }""", "$.users[0].password")]
    [InlineData(
        """{ "users": [ { "username": "a", "password": "long enough" }, { "username": "A", "password": "long enough" } ] }""",
        "$.users")]
    [InlineData(
        """{ "users": [ { "username": "a", "password": "long enough", "sub": "0199c000-0000-7000-8000-000000000001" }, """
        + """{ "username": "b", "password": "long enough", "sub": "0199C000-0000-7000-8000-000000000001" } ] }""",
        "$.users")]
    [InlineData("""{ "users": [ { "username": null, "password": "long enough" } ] }""", "$.users[0].username")]
    [InlineData("""{ "clients": [ null ] }""", "$.clients[0]")]
    [InlineData("""{ "clients": [ { "client_id": "a", "redirect_uris": [null] } ] }""", "$.clients[0].redirect_uris[0]")]
    [InlineData("""{ "scopes": null }""", "$.scopes")]
    [InlineData("""{ "scopes": [ { "name": "a", "resources": ["/relative"] } ] }""", "$.scopes[0].resources[0]")]
    [InlineData("""{ "users": [ """, "line 1")]
    public async Task A_bad_seed_entry_stops_the_start_with_its_place(string seed, string place)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, seed, TestContext.Current.CancellationToken);
        await using var server = AuthlyServer.Launch(new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Authly__Seed__File"] = file,
        });
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains(place, server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory, OnEachDatabase]
    public async Task Keys_in_a_production_database_are_ciphertext_and_need_their_own_key_encryption_key(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-production-");
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={folder.FullName}/authly.db";
        var settings = new Dictionary<string, string>(Production) { ["Authly__KeyEncryption__Key"] = NewKey() };
        await using (var server = await AuthlyServer.StartAsync(database, settings, connection))
        {
            Assert.Equal("https://login.example.com", (await server.GetAsync("/.well-known/openid-configuration"))["issuer"]);
            var login = await server.GetAsync("/account/login");
            var cookie = login.Message.Headers.GetValues("Set-Cookie").Single();
            Assert.StartsWith("__Host-authly-antiforgery=", cookie, StringComparison.Ordinal);
            Assert.Contains("secure", cookie, StringComparison.Ordinal);
            var transport = login.Message.Headers.GetValues("Strict-Transport-Security").Single();
            Assert.Contains("max-age=31536000", transport, StringComparison.Ordinal);
            // Nothing of Development is left.
            Assert.Equal(404, (await server.GetAsync("/try?code=x")).Status);
            Assert.Equal("/account", (await server.GetAsync("/")).Message.Headers.Location!.ToString());
            Assert.DoesNotContain("one-time", server.Output, StringComparison.Ordinal);
            // One JSON object a line.
            Assert.All(server.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => System.Text.Json.JsonDocument.Parse(line));
        }

        settings["Authly__KeyEncryption__Key"] = NewKey();
        settings["ConnectionStrings__Authly"] = connection;
        await using var other = AuthlyServer.Launch(settings);
        Assert.Equal(1, await other.ExitAsync());
        Assert.Contains("Authly:KeyEncryption", other.Output, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Theory, OnEachDatabase]
    public async Task A_seed_is_applied_again_without_undoing_what_people_did(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-seed-");
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={folder.FullName}/authly.db";
        await using (var first = await AuthlyServer.StartAsync(database, connectionString: connection))
        {
            using var alice = new Person(first);
            await alice.AuthorizeAsync(new AuthorizationRequest());
            var page = await alice.VisitAsync("/account/password");
            var changed = await page.SubmitAsync(("CurrentPassword", "correct horse battery"), ("NewPassword", "another good one"));
            Assert.Equal("Your account · Authly", changed.Title);
        }

        await using var second = await AuthlyServer.StartAsync(database, connectionString: connection);
        using var again = new Person(second, password: "another good one");
        Assert.Contains("code", (await again.AuthorizeAsync(new AuthorizationRequest())).Keys);
        folder.Delete(recursive: true);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
