using Authly.Infrastructure.Configuration;
using Authly.Tests.Harness;
using Microsoft.Extensions.Configuration;

namespace Authly.Tests.Infrastructure;

/// <summary>Where it listens is said in the platform's own ways, and the banner tells where that came to be.</summary>
public sealed class ListenTests
{
    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}", "http://127.0.0.1:{0}")]
    [InlineData("ASPNETCORE_URLS", "http://*:{0}", "http://localhost:{0}")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}", "http://localhost:{0}")]
    [InlineData("Kestrel__Endpoints__Main__Url", "http://127.0.0.1:{0}", "http://127.0.0.1:{0}")]
    public async Task Every_way_to_say_it_works_with_the_port_of_metrics_beside_it_and_the_issuer_follows(
        string name, string value, string expected)
    {
        var (port, metrics) = (Network.FreePort(), Network.FreePort());
        var url = expected.Replace("{0}", $"{port}", StringComparison.Ordinal);
        await using var server = AuthlyServer.Launch(new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Urls"] = url,
            [name] = value.Replace("{0}", $"{port}", StringComparison.Ordinal),
            ["Authly__Metrics__Port"] = $"{metrics}",
            ["Authly__Seed__File"] = AuthlyServer.SeedFile,
        });
        await server.WaitUntilReadyAsync();
        Assert.Equal(url, (await server.GetAsync("/.well-known/openid-configuration"))["issuer"]);
        Assert.Equal(200, (await server.GetAsync($"http://localhost:{metrics}/metrics")).Status);
        Assert.Contains($"Listens on     {url}\n", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", server.Output, StringComparison.OrdinalIgnoreCase);

        using var alice = new Person(server);
        var page = await (await alice.VisitAsync("/")).SubmitAsync();
        page = await page.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Contains("The demo client got its tokens", (await page.SubmitAsync(("decision", "allow"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_says_where_it_listens_only_where_nothing_else_does()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{ "Urls": "http://localhost:1" }""");
        string Of(string variable) => Assert.Single(new ListenAddresses(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["URLS"] = variable }).AddJsonFile(file).Build()).All);
        Assert.Equal(("http://localhost:2", "http://localhost:1"), (Of("http://localhost:2"), Of("")));
        File.Delete(file);
    }

    [Fact]
    public async Task The_banner_warns_of_an_issuer_of_this_machine_where_nothing_listens()
    {
        await using var server = await AuthlyServer.StartAsync(
            Database.Sqlite, new Dictionary<string, string> { ["Authly__Issuer"] = "http://localhost:1" });
        Assert.Contains($"Listens on     {server.Issuer}\n", server.Output, StringComparison.Ordinal);
        Assert.Contains("Warning        The issuer is not where this listens", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_asks_the_running_instance_and_its_exit_code_says_what_it_said()
    {
        var production = new Faults.Production();
        var settings = production.Settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        await using (var server = await AuthlyServer.StartAsync(Database.Sqlite, settings, $"Data Source={Path.GetTempFileName()}"))
        {
            // Of the server's settings it needs the port alone.
            var asked = new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Authly__Metrics__Port"] = $"{production.MetricsPort}",
            };
            Assert.Equal((0, "healthy\n", ""), await Keys.RunAsync(asked, "health"));
        }

        var (exit, output, error) = await Keys.RunAsync(settings, "health");
        Assert.Equal((1, ""), (exit, output));
        Assert.StartsWith("authly health: No Authly answers", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_made_without_any_setting()
    {
        var (exit, output, error) = await ProgramFile.RunAsync("/",
            new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production" }, [.. ProgramFile.Command, "secret"]);
        Assert.Equal((0, ""), (exit, error));
        Assert.Matches("^authly_[A-Za-z0-9_-]{43}$", output.Trim());
    }
}
