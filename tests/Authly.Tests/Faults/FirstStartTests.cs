using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

public sealed partial class FirstStartTests
{
    [Theory, OnEachDatabase]
    public async Task Of_three_instances_that_start_at_once_every_one_time_password_on_a_console_works(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-first-start-");
        var settings = new Dictionary<string, string> { ["Authly__DataFolder"] = folder.FullName };
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : null;
        var servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AuthlyServer.StartAsync(database, settings, connection)));
        // The banner comes when the server already listens.
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var printed = servers.SelectMany(server => OneTimePasswordPattern().Matches(server.Output)).ToList();
        Assert.NotEmpty(printed);
        var works = new List<bool>();
        foreach (var password in printed.Select(match => match.Groups[1].Value).Distinct())
        {
            using var administrator = new Person(servers[0]);
            var page = await (await administrator.VisitAsync("/account/login")).SubmitAsync(("Username", "admin"), ("Password", password));
            works.Add(page.Title == "Choose a password · Authly");
        }

        foreach (var server in servers)
            await server.DisposeAsync();
        if (Directory.Exists(folder.FullName))
            folder.Delete(recursive: true);
        Assert.Equal([true], works);
    }

    [GeneratedRegex(@"one-time password (\S+)")]
    private static partial Regex OneTimePasswordPattern();
}
