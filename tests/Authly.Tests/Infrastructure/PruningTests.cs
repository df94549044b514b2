using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>What has expired leaves the database, and nothing else does.</summary>
public sealed class PruningTests
{
    private static readonly (string, string)[] AtOnce =
        [("Authly__Pruning__Interval", "00:00:01"), ("Authly__Pruning__Retention", "00:00:00")];

    [Theory, OnEachDatabase]
    public async Task Whatever_has_expired_leaves_with_its_family_and_each_row_is_counted(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database,
        [
            .. AtOnce, ("Authly__Lifetimes__AuthorizationCode", "00:00:04"), ("Authly__Lifetimes__AccessToken", "00:00:04"),
            ("Authly__Lifetimes__RefreshTokenIdle", "00:00:04"), ("Authly__Lifetimes__Session", "00:00:04"),
        ]);
        await using var server = await shared.StartAsync();
        var before = await server.ScrapeAsync();
        var first = await server.TokensAsync();
        await server.RefreshAsync(first["refresh_token"]!);
        await server.TokensAsync();

        await shared.WaitForRowsAsync(("tokens", 0), ("authorizations", 0), ("sessions", 0));
        var after = await server.ScrapeAsync();
        foreach (var (table, rows) in new[] { ("tokens", 8), ("authorizations", 2), ("sessions", 2) })
        {
            double Pruned(Scrape scrape) => scrape.Sum("authly_tokens_pruned_total", ("table", table));
            Assert.Equal((table, rows), (table, Pruned(after) - Pruned(before)));
        }

        // Nothing that is gone can be used, a token that was used before as little as one that was not.
        Assert.Equal("invalid_grant", (await server.RefreshAsync(first["refresh_token"]!)).Error);
        Assert.False(await server.IsActiveAsync(first["access_token"]!));
        Assert.Equal(401, (await server.UserInfoAsync(first["access_token"])).Status);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.InRange(after.Sum("authly_background_job_last_success_timestamp_seconds", ("job", "pruning")), now - 10, now + 1);
    }

    [Theory, OnEachDatabase]
    public async Task Interactions_and_one_time_values_leave_when_their_time_is_up(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, [.. AtOnce]);
        await using var server = await shared.StartAsync();
        await server.GetAsync(new AuthorizationRequest().Url);
        Assert.Equal(1, await shared.CountAsync("interactions"));
        // For an hour a page can say what it was for.
        var (past, future) = (database == Database.Postgres ? "now() - interval '7 hours'" : "'2026-01-01 00:00:00'",
            database == Database.Postgres ? "now() + interval '1 hour'" : "'2126-01-01 00:00:00'");
        await shared.ExecuteAsync($"update interactions set \"ExpiresAt\" = {past}");
        await shared.ExecuteAsync($"insert into one_time_values (\"Key\", \"ExpiresAt\") values ('old', {past}), ('new', {future})");
        await shared.WaitForRowsAsync(("interactions", 0), ("one_time_values", 1));
    }

    [Theory, OnEachDatabase]
    public async Task A_family_with_a_living_token_stays_and_so_does_what_it_needs(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database,
        [
            .. AtOnce, ("Authly__Lifetimes__AuthorizationCode", "00:00:02"), ("Authly__Lifetimes__AccessToken", "00:00:02"),
        ]);
        await using var server = await shared.StartAsync();
        var tokens = await server.TokensAsync();
        await shared.WaitForRowsAsync(("tokens", 1), ("authorizations", 1), ("sessions", 1));
        var next = await server.RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal(200, next.Status);
        // The used refresh token has not expired: it is kept, because whoever brings it back has to be found out.
        Assert.Equal("invalid_grant", (await server.RefreshAsync(tokens["refresh_token"]!)).Error);
        Assert.Equal("invalid_grant", (await server.RefreshAsync(next["refresh_token"]!)).Error);
    }

    [Theory, OnEachDatabase]
    public async Task More_than_a_batch_goes_in_one_run(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, [("Authly__Pruning__Interval", "00:00:03")]);
        await using (await shared.StartAsync())
        {
            // Its schema is all that is wanted of it.
        }

        var rows = database == Database.Postgres
            ? """
                select gen_random_uuid(), 'x', 'valid', now() - interval '1 day', now() - interval '1 hour' from generate_series(1, 2500)
                """
            : """
                with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
                select printf('0199C000-0000-7000-8000-%012X', i), 'x', 'valid', datetime('now', '-1 day'), datetime('now', '-1 hour')
                from n
                """;
        await shared.ExecuteAsync($"""
            insert into tokens ("Id", "Type", "Status", "CreationDate", "ExpirationDate")
            {rows}
            """);
        await using var server = await shared.StartAsync();
        await shared.WaitForRowsAsync(("tokens", 0));
        Assert.Equal(2500, (await server.ScrapeAsync()).Sum("authly_tokens_pruned_total", ("table", "tokens")));
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task While_one_instance_prunes_the_others_do_not()
    {
        using var shared = await SharedDatabase.CreateAsync(Database.Postgres, [.. AtOnce, ("Authly__Lifetimes__AccessToken", "00:00:01")]);
        await using var server = await shared.StartAsync();
        await using (var other = new Npgsql.NpgsqlConnection(shared.ConnectionString))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new Npgsql.NpgsqlCommand("select pg_advisory_lock(47110003)", other);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await server.PostAsync(
                "/oauth/token", new { grant_type = "client_credentials", scope = "orders.read" }, "service:service-secret-for-tests");
            await Task.Delay(4000, TestContext.Current.CancellationToken);
            Assert.Equal(1, await shared.CountAsync("tokens"));
            command.CommandText = "select pg_advisory_unlock(47110003)";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await shared.WaitForRowsAsync(("tokens", 0));
    }
}
