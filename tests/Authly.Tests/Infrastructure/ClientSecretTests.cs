using System.Diagnostics;
using Authly.Tests.Harness;
using static Authly.Tests.Infrastructure.Registrations;

namespace Authly.Tests.Infrastructure;

/// <summary>How a client's secret is kept, changed and refused.</summary>
public sealed class ClientSecretTests
{
    private const string Generated = "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    [Theory, OnEachDatabase]
    public async Task A_generated_secret_is_kept_as_one_digest_and_a_chosen_one_as_a_slow_hash(Database database)
    {
        var seed = Path.GetTempFileName();
        await File.WriteAllTextAsync(seed, $$"""
            { "clients": [
              { "client_id": "generated", "client_secret": "{{Generated}}", "grant_types": ["client_credentials"] },
              { "client_id": "chosen", "client_secret": "a-secret-somebody-chose", "grant_types": ["client_credentials"] } ] }
            """, TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("authly-secrets-");
        var connection = database == Database.Postgres
            ? await Databases.CreatePostgresAsync()
            : $"Data Source={Path.Combine(folder.FullName, "authly.db")}";
        var settings = new Dictionary<string, string> { ["Authly__Seed__File"] = seed };
        await using (var server = await AuthlyServer.StartAsync(database, settings, connection))
        {
            foreach (var (client, secret) in new[] { ("generated", Generated), ("chosen", "a-secret-somebody-chose") })
            {
                for (var time = 0; time < 3; time++)
                    Assert.Equal(200, (await TokenAsync(server, $"{client}:{secret}")).Status);
                // A secret that was right before is no way in for one that is not.
                foreach (var wrong in new[] { secret[..^1], secret + "x", Generated[..^1] + "9", "" })
                    Assert.Equal("invalid_client", (await TokenAsync(server, $"{client}:{wrong}")).Error);
            }

            const string Stored = "select \"ClientSecret\" from applications where \"ClientId\" = 'generated'";
            var stored = database == Database.Postgres
                ? await ExecuteAsync(connection, Stored)
                : await ExecuteSqliteAsync(connection, Stored);
            var digest = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Generated));
            Assert.Equal("sha256$" + Convert.ToBase64String(digest), stored);
        }

        folder.Delete(recursive: true);
    }

    [Theory, OnEachDatabase]
    public async Task A_changed_secret_ends_what_was_remembered_of_the_old_one(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-secrets-");
        var connection = database == Database.Postgres
            ? await Databases.CreatePostgresAsync()
            : $"Data Source={Path.Combine(folder.FullName, "authly.db")}";
        await using (var server = await AuthlyServer.StartAsync(database, connectionString: connection))
        {
            Assert.All(await AskAsync(server), status => Assert.Equal(200, status));
            const string Swap = """
                update applications set "ClientSecret" = (select "ClientSecret" from applications where "ClientId" = 'web')
                where "ClientId" = 'service'
                """;
            _ = database == Database.Postgres ? await ExecuteAsync(connection, Swap) : await ExecuteSqliteAsync(connection, Swap);
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            Assert.All(await AskAsync(server), status => Assert.Equal(401, status));
            Assert.Equal(200, (await TokenAsync(server, $"service:{Flows.WebSecret}")).Status);
        }

        folder.Delete(recursive: true);
    }

    [Theory, OnEachDatabase]
    public async Task An_unknown_client_takes_as_long_as_a_wrong_secret(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        async Task<double> TimeAsync(string basic)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal("invalid_client", (await TokenAsync(server, basic)).Error);
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        // By turns, so that whatever else the machine does takes from both.
        var times = (Wrong: new List<double>(), Unknown: new List<double>());
        for (var attempt = 0; attempt < 100; attempt++)
        {
            times.Wrong.Add(await TimeAsync("service:wrong"));
            times.Unknown.Add(await TimeAsync($"nobody-{attempt}:wrong"));
        }

        var (wrong, unknown) = (times.Wrong.Order().ElementAt(25), times.Unknown.Order().ElementAt(25));
        Assert.InRange(unknown / wrong, 0.5, 2);
    }
}
