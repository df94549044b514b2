using Authly.Tests.Harness;
using static Authly.Tests.Infrastructure.Registrations;

namespace Authly.Tests.Infrastructure;

/// <summary>Clients are kept in memory by every instance, and no change stays unseen beyond its bound.</summary>
public sealed class RegistrationTests
{
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
        var connection = database == Database.Postgres
            ? await Databases.CreatePostgresAsync()
            : $"Data Source={Path.Combine(folder.FullName, "authly.db")}";
        var settings = new Dictionary<string, string> { ["Authly__RegistrationsMaximumAge"] = "00:00:02" };
        await using (var server = await AuthlyServer.StartAsync(database, settings, connection))
        {
            Assert.All(await AskAsync(server), status => Assert.Equal(200, status));
            const string Change = "update applications set \"Permissions\" = '[]' where \"ClientId\" = 'service'";
            if (database == Database.Postgres)
                await ExecuteAsync(connection, "alter table applications disable trigger all; " + Change);
            else
                await ExecuteSqliteAsync(connection, Change);
            await Task.Delay(2500, TestContext.Current.CancellationToken);
            Assert.All(await AskAsync(server), status => Assert.Equal(400, status));
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
        async Task<string> DiscoverAsync(AuthlyServer server) => (await server.GetAsync("/.well-known/openid-configuration")).Body;
        foreach (var server in new[] { one, other })
            Assert.DoesNotContain("orders.new", await DiscoverAsync(server), StringComparison.Ordinal);
        await ExecuteAsync(database, "insert into scopes (\"Id\", \"Name\") values (gen_random_uuid(), 'orders.new')");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        foreach (var server in new[] { one, other })
            Assert.Contains("orders.new", await DiscoverAsync(server), StringComparison.Ordinal);
    }
}
