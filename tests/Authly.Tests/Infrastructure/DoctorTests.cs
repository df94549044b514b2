using System.Security.Cryptography;
using System.Text.Json;
using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class DoctorTests
{
    private const string Https =
        "Urls=https://localhost:0 Authly__Issuer=https://localhost:1 Kestrel__Certificates__Default__Password=right";

    [Fact]
    public async Task Doctor_names_what_is_wrong_with_each_broken_set_up()
    {
        using var broken = new BrokenSetUps();
        foreach (var (settings, check, verdict, what) in new[]
        {
            ("Authly__Issuer=login.example.com", "configuration", "fault", "Authly:Issuer is not an http(s) URL"),
            ("Authly__Lifetimes__AccesToken=00:05:00", "configuration", "fault", "There is no setting Authly:Lifetimes:AccesToken"),
            ("ConnectionStrings__Authly=Host=127.0.0.1;Port=1", "database", "fault", "PostgreSQL cannot be used"),
            ("ConnectionStrings__Authly=postgresql://authly:wrong@127.0.0.1:{postgres}/authly", "database", "fault", "password"),
            ("ConnectionStrings__Authly=Data_Source={folder}/none.db", "database", "warning", "has not been made yet"),
            ("ConnectionStrings__Authly=Data_Source={folder}/newer.db", "database", "fault", "newer version"),
            ($"{Https} Kestrel__Certificates__Default__Path={{folder}}/ended.p12", "tls", "fault", "ended 1 days ago"),
            ($"{Https} Kestrel__Certificates__Default__Path={{folder}}/certificate.p12", "tls", "fault", "does not name localhost"),
            ($"{Https} Kestrel__Certificates__Default__Path={{folder}}/none.p12", "tls", "fault", "cannot be read"),
            ("Authly__TrustedProxies__0=0.0.0.0/0", "proxy", "fault", "Everybody is believed"),
            ("Authly__Issuer=https://localhost:1", "proxy", "warning", "all people come from its address"),
            ("Authly__Seed__File={folder}/text.yaml", "seed", "fault", "text.yaml is not valid, line 2"),
            ("Authly__Issuer=http://localhost:{taken}", "issuer", "warning", "Nobody answers"),
            ("Authly__Issuer=https://authly.invalid", "issuer", "fault", "is not known here"),
            ("ConnectionStrings__Redis=127.0.0.1:1", "redis", "fault", "Redis does not answer"),
        })
        {
            var given = broken.Fill(settings).Split(' ').Select(pair => pair.Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1].Replace("Data_Source", "Data Source", StringComparison.Ordinal));
            given.TryAdd("ASPNETCORE_ENVIRONMENT", "Development");
            given.TryAdd("Authly__DataFolder", broken.Folder);
            given.TryAdd("Authly__Issuer", "http://localhost:1");
            await FindsAsync(given, check, verdict, what);
        }
    }

    [Theory, OnEachDatabase]
    public async Task Doctor_says_what_a_database_lacks_and_that_all_is_well_where_it_is(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__KeyEncryption__Key", NewKey()));
        if (database == Database.Postgres)
            await FindsAsync(shared.Settings, "database", "warning", "not of this version yet");
        await shared.MigrateAsync();
        await FindsAsync(shared.Settings, "people", "warning", "Nobody administers");
        await FindsAsync(shared.Settings, "keys", "warning", "no signing keys yet");
        await using (var server = await shared.StartAsync())
        {
            await shared.TellAsync("user", "create", "root", "--administrator");
            shared.Settings["Authly__Issuer"] = server.Issuer;
            var (exit, output, _) = await shared.RunAsync("doctor", "--output", "json");
            var verdicts = Findings(output).Select(finding => $"{finding.Check} {finding.Verdict}").ToList();
            Assert.Equal(0, exit);
            Assert.DoesNotContain(verdicts, verdict => verdict.EndsWith("fault", StringComparison.Ordinal));
            foreach (var check in new[] { "configuration", "database", "keys", "issuer", "proxy" })
                Assert.Contains($"{check} ok", verdicts);
            shared.Settings["Authly__Issuer"] = server.Issuer.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
            await FindsAsync(shared.Settings, "issuer", "fault", "is of another issuer");
        }

        shared.Settings["Authly__KeyEncryption__Key"] = NewKey();
        await FindsAsync(shared.Settings, "keys", "fault", "the key-encryption key is another one");
        if (database == Database.Postgres)
        {
            shared.Settings["ConnectionStrings__Authly"] += ";Options=-c default_transaction_read_only=on";
            await FindsAsync(shared.Settings, "database", "fault", "It is read-only");
            return;
        }

        if (OperatingSystem.IsWindows())
            return;
        var file = shared.ConnectionString.Split('=')[1];
        File.SetUnixFileMode(Path.GetDirectoryName(file)!, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
        await FindsAsync(shared.Settings, "database", "warning", "Everybody on this machine can read its file");
    }

    private static async Task FindsAsync(Dictionary<string, string> settings, string check, string verdict, string what)
    {
        var (exit, output, error) = await Keys.RunAsync(settings, ["doctor", "--output", "json"]);
        var findings = Findings(output);
        Assert.Equal((findings.Any(finding => finding.Verdict == "fault") ? 1 : 0, ""), (exit, error));
        Assert.True(findings.Any(finding => finding.Check == check && finding.Verdict == verdict
            && finding.What.Contains(what, StringComparison.Ordinal)), $"{what} is not said: {output}");
    }

    private static IReadOnlyList<(string Check, string Verdict, string What)> Findings(string output) =>
    [
        .. JsonDocument.Parse(output).RootElement.GetProperty("findings").EnumerateArray().Select(finding => (
            finding.GetProperty("check").GetString()!, finding.GetProperty("verdict").GetString()!,
            finding.GetProperty("what").GetString()!)),
    ];

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
