using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>The key-encryption key is changed: the former one reads, the new one writes, and one command finishes.</summary>
public sealed class KeyEncryptionChangeTests
{
    private const string Key = "Authly__KeyEncryption__Key";
    private const string Previous = "Authly__KeyEncryption__Previous__Key";

    [Theory, OnEachDatabase]
    public async Task Nobody_notices_the_change_and_afterwards_the_new_key_alone_is_needed_and_the_former_one_is_refused(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        var (former, current) = (NewKey(), NewKey());
        shared.Settings["Urls"] = $"http://localhost:{Network.FreePort()}";
        shared.Settings[Key] = former;
        var (before, tokens) = await StartAndUseAsync(shared);

        (shared.Settings[Key], shared.Settings[Previous]) = (current, former);
        await using (var server = await shared.StartAsync())
        {
            await AssertServesAsync(server, before, tokens);
            // Rows under either key: what is made from now on is under the current one.
            var (exit, output, error) = await shared.RunAsync("keys", "reencrypt");
            Assert.Equal((0, ""), (exit, error));
            Assert.Equal("Under the current key-encryption key now: 1 Data Protection keys and 2 signing keys. "
                + "Authly:KeyEncryption:Previous can go.", output.Trim());
            await Task.Delay(300, TestContext.Current.CancellationToken);
            await AssertServesAsync(server, before, tokens);
        }

        shared.Settings.Remove(Previous);
        await using (var server = await shared.StartAsync())
            await AssertServesAsync(server, before, tokens);
        Assert.Equal(0, (await shared.RunAsync("keys", "reencrypt")).ExitCode);

        (shared.Settings[Key], shared.Settings["ASPNETCORE_ENVIRONMENT"]) = (former, "Development");
        await using var refused = AuthlyServer.Launch(shared.Settings);
        Assert.Equal(1, await refused.ExitAsync());
        var fault = Assert.Single(refused.Output.Split('\n'), line => line.StartsWith("  - ", StringComparison.Ordinal));
        Assert.Contains("Authly:KeyEncryption", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_and_a_certificate_follow_one_another_either_way()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Sqlite);
        shared.Settings["Urls"] = $"http://localhost:{Network.FreePort()}";
        shared.Settings[Key] = NewKey();
        var (before, tokens) = await StartAndUseAsync(shared);

        var file = Path.GetTempFileName();
        using (var rsa = RSA.Create(2048))
        {
            var request = new CertificateRequest("CN=authly", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
            await File.WriteAllBytesAsync(
                file, certificate.Export(X509ContentType.Pkcs12, "password"), TestContext.Current.CancellationToken);
        }

        shared.Settings[Previous] = shared.Settings[Key];
        shared.Settings.Remove(Key);
        shared.Settings["Authly__KeyEncryption__CertificateFile"] = file;
        shared.Settings["Authly__KeyEncryption__CertificatePassword"] = "password";
        await ReencryptAndStartWithoutPreviousAsync(Previous);

        foreach (var setting in new[] { "CertificateFile", "CertificatePassword" })
        {
            shared.Settings.Remove($"Authly__KeyEncryption__{setting}", out var value);
            shared.Settings[$"Authly__KeyEncryption__Previous__{setting}"] = value!;
        }

        shared.Settings[Key] = NewKey();
        await ReencryptAndStartWithoutPreviousAsync(
            "Authly__KeyEncryption__Previous__CertificateFile", "Authly__KeyEncryption__Previous__CertificatePassword");
        File.Delete(file);

        async Task ReencryptAndStartWithoutPreviousAsync(params string[] previous)
        {
            Assert.Equal((0, ""), await shared.RunAsync("keys", "reencrypt") is var (exit, _, error) ? (exit, error) : default);
            foreach (var setting in previous)
                shared.Settings.Remove(setting);
            await using var server = await shared.StartAsync();
            await AssertServesAsync(server, before, tokens);
        }
    }

    [Fact]
    public async Task Keys_that_lay_open_are_under_the_key_that_is_given_for_the_first_time()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Sqlite);
        shared.Settings["Urls"] = $"http://localhost:{Network.FreePort()}";
        var (before, tokens) = await StartAndUseAsync(shared);
        const string Open = "data_protection_keys where \"Xml\" like '%<masterKey%'";
        Assert.Equal(1, await shared.CountAsync(Open));
        Assert.Contains("no key-encryption key", (await shared.RunAsync("keys", "reencrypt")).Error, StringComparison.Ordinal);
        shared.Settings[Key] = NewKey();
        Assert.Equal(0, (await shared.RunAsync("keys", "reencrypt")).ExitCode);
        Assert.Equal(0, await shared.CountAsync(Open));
        await using var server = await shared.StartAsync();
        await AssertServesAsync(server, before, tokens);
    }

    private static async Task<(Person Person, Answer Tokens)> StartAndUseAsync(SharedDatabase shared)
    {
        await using var server = await shared.StartAsync();
        var alice = new Person(server);
        var request = new AuthorizationRequest();
        return (alice, await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier));
    }

    /// <summary>The session, the tokens and what signs are still good. Refreshed is a new sign-in's token each time.</summary>
    private static async Task AssertServesAsync(AuthlyServer server, Person alice, Answer tokens)
    {
        Assert.Equal("Your account · Authly", (await alice.VisitAsync("/account")).Title);
        Assert.Equal(200, (await server.UserInfoAsync(tokens["access_token"])).Status);
        Assert.True(await server.IsActiveAsync(tokens["refresh_token"]!));
        Assert.Contains(Keys.KeyIdOf(tokens["id_token"]!), await server.KeyIdsAsync());
        var request = new AuthorizationRequest();
        var fresh = await server.RedeemAsync((await alice.AuthorizeAsync(request))["code"], request.Verifier);
        Assert.Equal(200, (await server.RefreshAsync(fresh["refresh_token"]!)).Status);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
