using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>A start beside others: a database that is still starting, instances that start at once.</summary>
public sealed class StartTogetherTests
{
    [Fact]
    public async Task A_start_waits_for_a_database_that_is_still_starting()
    {
        Assert.SkipUnless(PostgresCluster.IsInstalled, OnEachDatabaseAttribute.Missing);
        await using var cluster = await PostgresCluster.StartNewAsync();
        await cluster.KillAsync();
        var starting = AuthlyServer.StartAsync(Database.Postgres, connectionString: $"{cluster.ConnectionString};Database=postgres");
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.False(starting.IsCompleted);
        await cluster.StartAsync();
        await using var server = await starting;
        Assert.Equal(200, (await server.GetAsync("/health")).Status);
    }

    [Theory, OnEachDatabase]
    public async Task Instances_that_start_at_once_on_one_empty_database_share_its_keys(Database database)
    {
        var folder = Directory.CreateTempSubdirectory("authly-shared-");
        var settings = new Dictionary<string, string> { ["Authly__DataFolder"] = folder.FullName };
        var connection = database == Database.Postgres ? await Databases.CreatePostgresAsync() : null;
        var servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AuthlyServer.StartAsync(database, settings, connection)));
        var keys = await Task.WhenAll(servers.Select(server => server.GetAsync("/.well-known/jwks.json")));
        Assert.Single(keys.Select(answer => answer.Body).Distinct());
        Assert.Equal(2, keys[0].Json.GetProperty("keys").GetArrayLength());
        foreach (var server in servers)
            await server.DisposeAsync();
        if (Directory.Exists(folder.FullName))
            folder.Delete(recursive: true);
    }
}
