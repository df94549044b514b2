using System.Text;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Load;

/// <summary>
/// How long the administration API's lists and searches take over many clients and people, by a few connections at once; beside reading
/// one of them.
/// </summary>
internal static class Administration
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (clients, people) = (arguments.Get("clients", 10_000), arguments.Get("people", 100_000));
        var (seconds, warmUp) = (TimeSpan.FromSeconds(arguments.Get("seconds", 10)), TimeSpan.FromSeconds(arguments.Get("warm-up", 60)));
        var connections = arguments.Get("connections", 2);
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var server = await Server.StartAsync(
            postgres, new Dictionary<string, string> { ["Authly__RateLimits__Administration__PerAddress"] = "100000000" });
        await FillAsync(server.Database!, clients, people);
        using var connection = new Connection(server.Port);
        await connection.SendAsync(Client.Request(
            "POST", "/oauth/token", $"grant_type=client_credentials&scope={ServerSettings.AdminScopes.Replace(' ', '+')}",
            basic: $"operations:{ServerSettings.Secret}"));
        var token = connection.Between("\"access_token\":\"", "\"");
        byte[] Ask(string path) => Encoding.ASCII.GetBytes(
            $"GET /admin/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        Task<Round> RoundAsync(TimeSpan time, string path)
        {
            var request = Ask(path);
            return Client.RunAsync(server.Port, time, connections, async (_, each) => await each.SendAsync(request) == 200);
        }

        await RoundAsync(warmUp, "clients/client-5");
        Console.WriteLine($"{clients} clients, {people} people, {connections} connections, ms:");
        foreach (var path in new[]
        {
            "clients/client-5", "people/person-5", "clients", "clients?after=client-5000&limit=200", "clients?search=77",
            "clients?search=nothing", "people", "people?after=person-50000&limit=200", "people?search=person-77", "people?search=nothing",
            "sessions", "grants", "audit", "audit?event=client_created", "audit?client_id=client-77", "status",
        })
        {
            var round = await RoundAsync(seconds, path);
            Console.WriteLine($"  {path,-40} p50 {round.P50,7:F1}  p99 {round.P99,7:F1}  {round.PerSecond,7:F0}/s  failed {round.Failed}");
        }
    }

    /// <summary>Copies of the seed's rows, each with a row of the audit log, and a session and a grant for every tenth person.</summary>
    private static async Task FillAsync(string database, int clients, int people)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var fill = new NpgsqlCommand($"""
            create temp table copied as select * from applications where "ClientId" = 'service';
            insert into applications select (r).* from (
              select jsonb_populate_record(null::applications, to_jsonb(copied) || jsonb_build_object(
                'Id', gen_random_uuid(), 'ClientId', 'client-' || number, 'DisplayName', 'Client number ' || number)) as r
              from copied, generate_series(1, {clients}) as number) as made;
            create temp table person as select * from users where "Username" = 'alice';
            insert into users select (r).* from (
              select jsonb_populate_record(null::users, to_jsonb(person) || jsonb_build_object(
                'Id', gen_random_uuid(), 'Username', 'person-' || number, 'NormalizedUsername', 'person-' || number)) as r
              from person, generate_series(1, {people}) as number) as made;
            insert into sessions ("Id", "UserId", "PasswordVersion", "AuthenticationMethods", "AuthenticationLevel", "Renewals",
                "AuthenticatedAt", "ExpiresAt")
              select gen_random_uuid(), "Id", 0, 'pwd', '', 0, now(), now() + interval '8 hours' from users where "Username" like '%7';
            insert into authorizations ("Id", "ApplicationId", "Subject", "Status", "Type", "CreationDate", "Scopes")
              select gen_random_uuid(), (select "Id" from applications where "ClientId" = 'web'), "Id"::text, 'valid', 'ad-hoc', now(),
                '["openid"]' from users where "Username" like '%7';
            insert into audit_events ("Id", "At", "Event", "Outcome", "ActorKind", "ClientId", "Folded")
              select gen_random_uuid(), now() - random() * interval '90 days', 'client_changed', 'success', 'operator', "ClientId", 0
              from applications, generate_series(1, 20);
            analyze;
            """, connection)
        { CommandTimeout = 600 };
        await fill.ExecuteNonQueryAsync();
    }
}
