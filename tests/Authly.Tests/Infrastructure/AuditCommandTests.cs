using Authly.Tests.Harness;
using static Authly.Tests.Infrastructure.AuditTests;

namespace Authly.Tests.Infrastructure;

public sealed class AuditCommandTests
{
    [Theory, OnEachDatabase]
    public async Task The_log_is_listed_newest_first_exported_oldest_first_and_filtered_by_each_switch(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using (var server = await shared.StartAsync())
        {
            await server.TokensAsync();
            await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "service:wrong");
        }

        string[] all = ["signing_keys_rotated", "sign_in", "consent_granted", "token_granted", "client_auth_failed"];
        var log = (await ExportAsync(shared)).Where(entry => !IsOfSeed(entry)).ToList();
        Assert.Equal(all, log.Select(entry => Text(entry, "event")));
        Assert.Equal(log.Select(entry => entry.GetProperty("at").GetDateTime()).Order(), log.Select(entry => entry.GetProperty("at")
            .GetDateTime()));
        Assert.All(log, entry => Assert.Equal(
            TimeSpan.FromDays(90), entry.GetProperty("expires_at").GetDateTime() - entry.GetProperty("at").GetDateTime()));

        var (subject, granted) = (Text(log[1], "subject"), Text(log[2], "at"));
        foreach (var (switches, expected) in new (string[], string[])[]
        {
            (["--event", "sign_in"], ["sign_in"]), (["--event=sign_in"], ["sign_in"]),
            (["--subject", subject], all[1..4]), (["--client", "service"], ["client_auth_failed"]),
            (["--client", "web", "--outcome", "success"], ["consent_granted", "token_granted"]),
            (["--outcome", "failure"], ["client_auth_failed"]), (["--limit", "2"], all[3..]),
            (["--since", granted], all[2..]), (["--until", granted], all[..2]), (["--since", "1h"], all), (["--until", "1d"], []),
        })
        {
            Assert.Equal(expected, (await ExportAsync(shared, switches)).Where(entry => !IsOfSeed(entry))
                .Select(entry => Text(entry, "event")));
        }

        var (exit, output, error) = await shared.RunAsync("audit", "--limit", "3");
        Assert.Equal((0, ""), (exit, error));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^TIME +EVENT +OUTCOME +ACTOR +SUBJECT +CLIENT +ADDRESS +DETAIL$", lines[0]);
        Assert.Equal(
            ["client_auth_failed", "token_granted", "consent_granted"],
            lines[1..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]));
        Assert.EndsWith("authorization_code", lines[2], StringComparison.Ordinal);

        foreach (var (words, fault) in new (string[], string)[]
        {
            (["--event", "sign-in"], "authly audit: There is no 'sign-in'. There are: refresh_token_reuse"),
            (["--outcome", "x"], "authly audit: There is no 'x'. There are: success, failure."),
            (["--since", "soon"], "authly audit: 'soon' is not a time"), (["--limit", "0"], "authly audit: --limit 0 is not a count"),
            (["--jsno"], "authly audit: There is no '--jsno' here"), (["--limit"], "authly audit: Required argument missing"),
        })
        {
            (exit, output, error) = await shared.RunAsync(["audit", .. words]);
            Assert.Equal((1, ""), (exit, output));
            Assert.StartsWith(fault, error, StringComparison.Ordinal);
        }
    }
}
