using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>What does not hang on the folder that it is started in, as systemd starts it in <c>/</c>; and what is there.</summary>
public sealed class FolderTests
{
    [Fact]
    public async Task Started_anywhere_it_finds_its_files_and_writes_no_URL_into_its_log()
    {
        var settings = new Faults.Production().Settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        settings["PWD"] = "/";
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite, settings, $"Data Source={Path.GetTempFileName()}");
        var style = await server.GetAsync("/authly.css");
        Assert.Equal((200, true), (style.Status, style.Body.Length > 1000));
        await server.GetAsync("/oauth/authorize?client_id=a&login_hint=a-hint-that-nobody-logs");
        await server.GetAsync("/oidc/logout?id_token_hint=a-token-that-nobody-logs");
        Assert.DoesNotContain("nobody-logs", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.AspNetCore", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Relative_paths_are_of_the_current_folder()
    {
        var folder = Directory.CreateTempSubdirectory("authly-folder-");
        File.Copy(AuthlyServer.SeedFile, Path.Combine(folder.FullName, "people.json"));
        await using var server = AuthlyServer.Launch(new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["PWD"] = folder.FullName,
            ["Authly__DataFolder"] = "",
            ["Authly__Seed__File"] = "people.json",
        });
        await server.WaitUntilReadyAsync();
        Assert.True(File.Exists(Path.Combine(folder.FullName, "data", "authly.db")));
        Assert.Equal(200, (await server.TokensAsync()).Status);
    }

    [Fact]
    public async Task A_setting_that_is_empty_is_none()
    {
        var settings = new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Development" };
        foreach (var name in new[]
        {
            "Authly__Issuer", "Authly__Seed__File", "Authly__KeyEncryption__Key", "Authly__KeyEncryption__KeyFile",
            "Authly__KeyEncryption__CertificatePassword", "Authly__KeyEncryption__Previous__Key", "Authly__Lifetimes__AccessToken",
            "Authly__Metrics__Port", "Authly__Metrics__ClientId", "Authly__Metrics__Otlp__Endpoint", "Authly__ShutdownDelay",
            "ConnectionStrings__Authly", "ConnectionStrings__Redis", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS",
        })
            settings[name] = "";
        settings["Urls"] = $"http://localhost:{Network.FreePort()}";
        await using var server = AuthlyServer.Launch(settings);
        await server.WaitUntilReadyAsync();
        Assert.Equal(settings["Urls"], (await server.GetAsync("/.well-known/openid-configuration"))["issuer"]);
    }

    [Fact]
    public async Task Asked_to_stop_while_it_waits_for_its_database_it_ends_without_a_fault()
    {
        await using var server = AuthlyServer.Launch(new Dictionary<string, string>(
            new Faults.Production().Settings.ToDictionary(setting => setting.Name, setting => setting.Value))
        {
            ["ConnectionStrings__Authly"] = "Host=127.0.0.1;Port=1;Username=authly;Database=authly",
        });
        for (var attempt = 0; attempt < 300 && !server.Output.Contains("trying again in a second", StringComparison.Ordinal); attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(0, await server.TerminateAsync());
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("xception", server.Output, StringComparison.Ordinal);
    }
}
