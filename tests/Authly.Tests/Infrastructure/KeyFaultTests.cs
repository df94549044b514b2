using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>Keys whose news is lost or whose rows cannot be read.</summary>
public sealed class KeyFaultTests
{
    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task A_lost_notification_is_caught_by_the_poll_and_the_listener_comes_back()
    {
        // Polls once in two seconds.
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, ("Authly__Keys__Announced", "00:00:16"));
        await using var server = await shared.StartAsync();
        var before = await server.KeyIdsAsync();
        await using var mine = new Npgsql.NpgsqlConnection(shared.ConnectionString);
        await mine.OpenAsync(TestContext.Current.CancellationToken);
        async Task<object?> AskAsync(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, mine);
            return await command.ExecuteScalarAsync();
        }

        const string Listeners = "from pg_stat_activity where datname = current_database() "
            + "and query in ('listen authly_changes', 'select 1')";
        Assert.Equal(1L, await AskAsync($"select count(pg_terminate_backend(pid)) {Listeners}"));
        await AskAsync("alter table signing_keys disable trigger notify_changes; delete from signing_keys");
        await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Intersect(before).Any(), TimeSpan.FromSeconds(6));
        for (var attempt = 0; attempt < 50 && !Equals(1L, await AskAsync($"select count(*) {Listeners}")); attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(1L, await AskAsync($"select count(*) {Listeners}"));
    }

    [Theory, OnEachDatabase]
    public async Task Rows_that_cannot_be_read_do_not_take_a_running_server_down(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Keys__Announced", "00:00:04"));
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        var before = await server.KeyIdsAsync();
        await shared.ExecuteAsync("""update signing_keys set "ProtectedKey" = 'Z2FyYmFnZQ==' where "Algorithm" = 'ES256'""");
        foreach (var (id, algorithm) in new[] { (1, "ES256"), (2, "made-up") })
        {
            await shared.ExecuteAsync($"""
                insert into signing_keys ("Id", "KeyId", "Algorithm", "ProtectedKey", "CreatedAt", "SignsFrom", "SignsUntil", "Retention")
                select '0199C000-0000-7000-8000-00000000000{id}', 'broken-{id}', '{algorithm}', 'not even base64',
                  "CreatedAt", "CreatedAt", "SignsUntil", "Retention" from signing_keys where "Algorithm" = 'RS256' limit 1
                """);
        }

        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(before, await server.KeyIdsAsync());
        Assert.Equal(200, (await server.UserInfoAsync(tokens["access_token"])).Status);
        tokens = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal((200, 200), (tokens.Status, (await server.UserInfoAsync(tokens["access_token"])).Status));
        Assert.Equal(3, server.Output.Split("cannot be read and is left out").Length - 1);
        Assert.DoesNotContain("not even base64", server.Output, StringComparison.Ordinal);

        // The way out: here while it runs, and for a server that could not start any more.
        var run = await shared.RunAsync("keys", "rotate", "--now");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        await server.WaitForKeysAsync(keys => keys.Count == 2 && !keys.Intersect(before).Any(), TimeSpan.FromSeconds(4));
        tokens = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal((200, 200), (tokens.Status, (await server.UserInfoAsync(tokens["access_token"])).Status));
        // Nothing at all is made good, too.
        await shared.ExecuteAsync("delete from signing_keys");
        await server.WaitForKeysAsync(
            keys => keys.Count == 2 && !keys.Contains(Keys.KeyIdOf(tokens["access_token"]!)), TimeSpan.FromSeconds(4));
        Assert.Equal(200, (await server.RefreshAsync(tokens["refresh_token"]!)).Status);
    }
}
