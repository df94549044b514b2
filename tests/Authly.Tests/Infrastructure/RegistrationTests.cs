using System.Diagnostics;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Tests.Infrastructure;

/// <summary>Clients are kept in memory by every instance, and no change stays unseen beyond its bound.</summary>
public sealed class RegistrationTests
{
    private const string Generated = "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    [Fact]
    public async Task A_changed_client_is_seen_by_every_instance_within_a_second()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        var database = await Databases.CreatePostgresAsync();
        await using var one = await AuthlyServer.StartAsync(Database.Postgres, connectionString: database);
        await using var other = await AuthlyServer.StartAsync(Database.Postgres, connectionString: database);
        Assert.All(await AskAsync(one, other), status => Assert.Equal(200, status));
        await ExecuteAsync(database, "update applications set \"Permissions\" = '[]' where \"ClientId\" = 'service'");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.All(await AskAsync(one, other), status => Assert.Equal(400, status));
    }

    [Fact]
    public async Task A_change_whose_notification_was_lost_is_seen_when_the_connection_is_back()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        var database = await Databases.CreatePostgresAsync();
        await using var server = await AuthlyServer.StartAsync(Database.Postgres, connectionString: database);
        Assert.All(await AskAsync(server), status => Assert.Equal(200, status));
        // In one statement, so that nobody listens while the notification is sent.
        await ExecuteAsync(database, """
            select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and datname = current_database();
            update applications set "Permissions" = '[]' where "ClientId" = 'service';
            """);
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        Assert.All(await AskAsync(server), status => Assert.Equal(400, status));
    }

    [Theory, OnEachDatabase]
    public async Task A_change_that_nobody_notified_is_seen_within_the_maximum_age(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-registrations-");
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={Path.Combine(folder.FullName, "authly.db")}";
        await using (var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Authly__RegistrationsMaximumAge"] = "00:00:02" }, connection))
        {
            Assert.All(await AskAsync(server), status => Assert.Equal(200, status));
            if (database == Database.Postgres)
                await ExecuteAsync(connection, "alter table applications disable trigger all; update applications set \"Permissions\" = '[]' where \"ClientId\" = 'service'");
            else
                await ExecuteSqliteAsync(connection, "update applications set \"Permissions\" = '[]' where \"ClientId\" = 'service'");
            await Task.Delay(2500, TestContext.Current.CancellationToken);
            Assert.All(await AskAsync(server), status => Assert.Equal(400, status));
        }

        folder.Delete(recursive: true);
    }

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
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={Path.Combine(folder.FullName, "authly.db")}";
        await using (var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Authly__Seed__File"] = seed }, connection))
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
            var stored = database == Database.Postgres ? await ExecuteAsync(connection, Stored) : await ExecuteSqliteAsync(connection, Stored);
            Assert.Equal("sha256$" + Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Generated))), stored);
        }

        folder.Delete(recursive: true);
    }

    [Theory, OnEachDatabase]
    public async Task A_changed_secret_ends_what_was_remembered_of_the_old_one(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-secrets-");
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : $"Data Source={Path.Combine(folder.FullName, "authly.db")}";
        await using (var server = await AuthlyServer.StartAsync(database, connectionString: connection))
        {
            Assert.All(await AskAsync(server), status => Assert.Equal(200, status));
            const string Swap = "update applications set \"ClientSecret\" = (select \"ClientSecret\" from applications where \"ClientId\" = 'web') where \"ClientId\" = 'service'";
            _ = database == Database.Postgres ? await ExecuteAsync(connection, Swap) : await ExecuteSqliteAsync(connection, Swap);
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            Assert.All(await AskAsync(server), status => Assert.Equal(401, status));
            Assert.Equal(200, (await TokenAsync(server, $"service:{Flows.WebSecret}")).Status);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_new_scope_is_told_by_every_instance_s_discovery_within_a_second()
    {
        Assert.SkipUnless(Databases.HasPostgres, OnEachDatabaseAttribute.Missing);
        var database = await Databases.CreatePostgresAsync();
        await using var one = await AuthlyServer.StartAsync(Database.Postgres, connectionString: database);
        await using var other = await AuthlyServer.StartAsync(Database.Postgres, connectionString: database);
        foreach (var server in new[] { one, other })
            Assert.DoesNotContain("orders.new", (await server.GetAsync("/.well-known/openid-configuration")).Body, StringComparison.Ordinal);
        await ExecuteAsync(database, "insert into scopes (\"Id\", \"Name\") values (gen_random_uuid(), 'orders.new')");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        foreach (var server in new[] { one, other })
            Assert.Contains("orders.new", (await server.GetAsync("/.well-known/openid-configuration")).Body, StringComparison.Ordinal);
    }

    [Theory, OnEachDatabase]
    public async Task An_unknown_client_takes_as_long_as_a_wrong_secret(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        async Task<double> TimeAsync(Func<int, string> basic)
        {
            List<double> times = [];
            for (var attempt = 0; attempt < 60; attempt++)
            {
                var started = Stopwatch.GetTimestamp();
                Assert.Equal("invalid_client", (await TokenAsync(server, basic(attempt))).Error);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            times.Sort();
            return times[times.Count / 4];
        }

        await TimeAsync(_ => "service:wrong");
        var (wrong, unknown) = (await TimeAsync(_ => "service:wrong"), await TimeAsync(attempt => $"nobody-{attempt}:wrong"));
        Assert.InRange(unknown / wrong, 0.5, 2);
    }

    private static async Task<int[]> AskAsync(params AuthlyServer[] servers) =>
        await Task.WhenAll(servers.Select(async server => (await TokenAsync(server, "service:service-secret-for-tests")).Status));

    private static Task<Answer> TokenAsync(AuthlyServer server, string basic) => server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, basic);

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<object?> ExecuteSqliteAsync(string database, string sql)
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
