using System.Data.Common;
using System.Text.Json.Nodes;
using Authly.Tests.Harness;
using CsCheck;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Authly.Tests.Features.Token;

/// <summary>
/// The plain way and OpenIddict's are one: whatever is sent, both answer, write and count the same. Two servers over one database, of
/// which one has the plain way, get requests that are right, nearly right and hostile.
/// </summary>
public sealed class TwoWaysTests
{
    private const int Requests = 1500;

    // What is the request's own: no two answers to one request have it in common.
    private static readonly string[] OfEachToken = ["jti", "iat", "nbf", "exp"];

    // How often registrations were read from memory is the one thing that is meant to differ.
    private static readonly string[] Counters =
    [
        "authly_oauth_token_requests_total", "authly_oauth_endpoint_requests_total", "authly_oauth_client_authentications_total",
        "authly_handler_duration_seconds_count", "authly_handler_errors_total", "authly_security_events_total",
        "authly_oauth_token_generation_duration_seconds_count", "authly_oauth_token_size_bytes_count", "authly_rate_limit_hits_total",
        "authly_oauth_client_requests_total",
    ];

    [Theory, OnEachDatabase]
    public async Task The_plain_way_and_the_long_way_answer_write_and_count_the_same(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Metrics__ClientId", "Registered"));
        shared.Settings["Authly__Issuer"] = "http://localhost:5999";
        shared.Settings["Authly__Seed__File"] = await SeedAsync();
        await using var plain = await shared.StartAsync();
        shared.Settings["Authly__PlainGrants"] = "false";
        await using var whole = await shared.StartAsync();
        var tokens = await TokenSlots.MakeAsync(plain, shared);
        var (before, beforeWhole) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());

        await GeneratedRequest.Any(tokens).SampleAsync(async request =>
        {
            var (one, other) = (await request.SendAsync(plain), await request.SendAsync(whole));
            Assert.Equal((int)other.StatusCode, (int)one.StatusCode);
            Assert.Equal(HeadersOf(other), HeadersOf(one));
            var (said, meant) = (await one.Content.ReadAsStringAsync(), await other.Content.ReadAsStringAsync());
            Assert.Equal(Normalized(meant), Normalized(said));
            Assert.Equal(await RowOfAsync(shared, meant), await RowOfAsync(shared, said));
        }, iter: Requests, threads: 1, print: request => request.ToString());

        var (counted, expected) = (await plain.ScrapeAsync(), await whole.ScrapeAsync());
        foreach (var counter in Counters)
            Assert.Equal(Since(beforeWhole, expected, counter), Since(before, counted, counter));
        // It has been the plain way that answered: it reads no registration, and the long way several times for each request.
        Assert.InRange(expected.Sum("authly_cache_operations_total", ("cache", "clients"))
            - counted.Sum("authly_cache_operations_total", ("cache", "clients")), 200, double.MaxValue);
    }

    /// <summary>The usual clients, and some that only a condition of the plain way tells apart.</summary>
    private static async Task<string> SeedAsync()
    {
        var seed = JsonNode.Parse(await File.ReadAllTextAsync(AuthlyServer.SeedFile))!;
        seed["clients"]!.AsArray().Add(JsonNode.Parse("""
            { "client_id": "by-post", "client_secret": "by-post-secret-for-tests", "grant_types": ["client_credentials"],
              "scope": "orders.read", "token_endpoint_auth_method": "client_secret_post" }
            """));
        seed["clients"]!.AsArray().Add(JsonNode.Parse("""
            { "client_id": "generated", "client_secret": "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
              "grant_types": ["client_credentials"], "scope": "orders.read orders.write phone" }
            """));
        // One that only a person can grant, and that reaches an API all the same.
        seed["scopes"]!.AsArray().Add(JsonNode.Parse("""{ "name": "phone", "resources": ["https://phones.example"] }"""));
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, seed.ToJsonString());
        return path;
    }

    private static string HeadersOf(HttpResponseMessage answer) => string.Join('\n', answer.Headers.NonValidated
        .Concat(answer.Content.Headers.NonValidated).Where(header => header.Key is not ("Date" or "Content-Length"))
        .Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal));

    /// <summary>The body, with the tokens in it taken apart; members in their order, spelled as they are.</summary>
    private static string Normalized(string body)
    {
        if (!body.StartsWith('{'))
            return body;
        var json = JsonNode.Parse(body)!.AsObject();
        if (json["access_token"]?.GetValue<string>() is { } token)
        {
            var claims = Jwt.Claims(token);
            json["access_token"] = $"{Jwt.HeaderText(token)} {Without(claims)} {(long)claims["exp"]! - (long)claims["iat"]!}";
            // A second may have begun in between.
            Assert.InRange((long)json["expires_in"]!, 899, 900);
            json["expires_in"] = 900;
        }

        return Without(json);
    }

    private static string Without(JsonObject json) => string.Join(',', json.Select(member =>
        $"{member.Key}:{(OfEachToken.Contains(member.Key) && !json.ContainsKey("active") ? "?" : member.Value?.ToJsonString())}"));

    /// <summary>What the database has of a token that was given out.</summary>
    private static async Task<string?> RowOfAsync(SharedDatabase shared, string body)
    {
        if (!body.StartsWith("{\"access_token\":", StringComparison.Ordinal))
            return null;
        var claims = Jwt.Claims(JsonNode.Parse(body)!["access_token"]!.GetValue<string>());
        var (id, issuedAt, expires) = (Guid.Parse((string)claims["jti"]!), (long)claims["iat"]!, (long)claims["exp"]!);
        await using DbConnection connection = shared.Kind == Database.Postgres
            ? new NpgsqlConnection(shared.ConnectionString) : new SqliteConnection(shared.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        var key = shared.Kind == Database.Postgres ? $"{id}" : $"{id}".ToUpperInvariant();
        command.CommandText = $"""
            select "Type", "Status", "Subject", "ApplicationId", "AuthorizationId", "ReferenceId", "Payload", "Properties",
              "RedemptionDate", "SuccessorId", "CreationDate", "ExpirationDate" from tokens where "Id" = '{key}'
            """;
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        Assert.Equal((issuedAt, expires), (Seconds(row.GetDateTime(10)), Seconds(row.GetDateTime(11))));
        return string.Join('|', Enumerable.Range(0, 10).Select(column => row[column]));
    }

    private static long Seconds(DateTime time) =>
        new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeSeconds();

    /// <summary>What each series of a counter has gained.</summary>
    private static string Since(Scrape before, Scrape now, string counter)
    {
        var (from, to) = (Series(before, counter), Series(now, counter));
        return string.Join('\n', to.Select(series => $"{series.Key} {series.Value - from.GetValueOrDefault(series.Key)}")
            .Where(line => !line.EndsWith(" 0", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, double> Series(Scrape scrape, string counter) => scrape.Text.Split('\n')
        .Where(line => line.StartsWith(counter, StringComparison.Ordinal))
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], provider: null));
}
