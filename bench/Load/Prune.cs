using System.Diagnostics;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Load;

/// <summary>
/// Millions of expired rows leave while tokens are asked for at half of what the server can give: latency then, beside the same with the
/// same rows and no pruning.
/// </summary>
internal static class Prune
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (rows, seconds) = (arguments.Get("rows", 10_000_000), arguments.Get("seconds", 10));
        var (warmUp, connections) = (arguments.Get("warm-up", 60), arguments.Get("connections", 32));
        await using var postgres = await PostgresCluster.StartNewAsync();
        string database;
        double half;
        Round[] quiet;
        var keeping = new Dictionary<string, string> { ["Authly__Pruning__Retention"] = "365.00:00:00" };
        await using (var server = await Server.StartAsync(postgres, keeping))
        {
            database = server.Database!;
            await FillAsync(database, rows);
            await Client.RunAsync(server.Port, TimeSpan.FromSeconds(warmUp), connections, Client.ClientCredentials);
            half = (await Client.RunAsync(server.Port, TimeSpan.FromSeconds(seconds), connections, Client.ClientCredentials)).PerSecond / 2;
            quiet = await RoundsAsync(server, half, rounds: 6);
        }

        await using var pruning = await Server.StartAsync(postgres, connectionString: database);
        await Client.RunAsync(pruning.Port, TimeSpan.FromSeconds(warmUp), connections, Client.ClientCredentials);
        var started = Stopwatch.GetTimestamp();
        var (left, at) = (await CountAsync(database), Stopwatch.GetTimestamp());
        List<Round> busy = [];
        while (await CountAsync(database) > 0)
            busy.AddRange(await RoundsAsync(pruning, half, rounds: 1));
        var gone = Stopwatch.GetElapsedTime(at);
        var after = await RoundsAsync(pruning, half, rounds: 6);
        Console.WriteLine($"{rows} expired rows; client_credentials at {half:F0}/s, half of what it can give; rounds of {seconds} s");
        Console.WriteLine($"gone {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s after the warm-up, "
            + $"{left / gone.TotalSeconds:F0} rows a second");
        foreach (var (name, rounds) in new (string, IReadOnlyList<Round>)[]
        {
            ("with the rows, not pruning", quiet), ("pruning", busy), ("when they are gone", after),
        })
        {
            Console.WriteLine($"{name,-28} p50 {Of(rounds, round => round.P50):F2} ms, p99 {Of(rounds, round => round.P99):F2} ms "
                + $"(medians of {rounds.Count} rounds), failed {rounds.Sum(round => round.Failed)}");
        }

        Console.WriteLine($"p99 while pruning: {Of(busy, round => round.P99) / Of(quiet, round => round.P99):F2}x of quiet, "
            + $"{Of(busy, round => round.P99) / Of(after, round => round.P99):F2}x of after");

        async Task<Round[]> RoundsAsync(Server server, double perSecond, int rounds)
        {
            var results = new Round[rounds];
            for (var round = 0; round < rounds; round++)
            {
                results[round] = await Client.RunAtAsync(
                    server.Port, TimeSpan.FromSeconds(seconds), connections, perSecond, Client.ClientCredentials);
            }

            return results;
        }
    }

    private static double Of(IEnumerable<Round> rounds, Func<Round, double> value) => Overhead.Median([.. rounds.Select(value)]);

    private static async Task FillAsync(string database, int rows)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        // A third of them are of families of three.
        await using var command = new NpgsqlCommand($"""
            insert into authorizations ("Id", "Status", "Type", "Subject", "CreationDate")
            select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'valid', 'permanent', 'somebody',
              now() - interval '1 day'
            from generate_series(1, {rows / 9}) as n;
            insert into tokens ("Id", "AuthorizationId", "Type", "Status", "Subject", "CreationDate", "ExpirationDate", "ReferenceId")
            select gen_random_uuid(),
              case when n % 3 = 0 then ('00000000-0000-7000-8000-' || lpad(to_hex(1 + (n / 3 % {rows / 9})), 12, '0'))::uuid end,
              'urn:ietf:params:oauth:token-type:access_token', 'valid', 'somebody', now() - interval '1 day',
              now() - interval '12 hours' + n * interval '1 millisecond', case when n % 3 = 0 then 'reference-' || n end
            from generate_series(1, {rows}) as n;
            analyze
            """, connection)
        { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Expired long enough to go.</summary>
    private static async Task<long> CountAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            select count(*) from (select 1 from tokens where "ExpirationDate" < now() - interval '1 hour') as expired
            """, connection)
        { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
