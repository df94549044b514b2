using Authly.Infrastructure.Configuration;
using Authly.Tests.Harness;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Authly.Tests.Infrastructure;

/// <summary>A database is named as its users write it.</summary>
public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData("postgresql://authly:secret@db:5433/login?sslmode=require",
        "Host=db;Port=5433;Username=authly;Password=secret;Database=login;SSL Mode=Require")]
    [InlineData("postgres://authly@db/login", "Host=db;Username=authly;Database=login")]
    [InlineData("postgresql://a%40b:p%2Fw%3Bd%25%20%22x%22@db/", "Host=db;Username=a@b;Password='p/w;d% \"x\"'")]
    [InlineData("postgresql://authly:x@one:1,two:2/login?target_session_attrs=primary",
        "Host=one:1,two:2;Username=authly;Password=x;Database=login;Target Session Attributes=primary")]
    [InlineData("postgresql://[::1]:5433/login?sslmode=verify-full&sslrootcert=/ca.pem",
        "Host=::1;Port=5433;Database=login;SSL Mode=VerifyFull;Root Certificate=/ca.pem")]
    [InlineData("postgresql://db/login?Maximum%20Pool%20Size=7&application_name=me&connect_timeout=3",
        "Host=db;Database=login;Maximum Pool Size=7;Application Name=me;Timeout=3")]
    [InlineData("Host = db ; Database = login", "Host=db;Database=login")]
    [InlineData("server=db;User Id=x", "Host=db;Username=x")]
    public void A_URI_and_blanks_are_understood(string given, string meant)
    {
        var connections = Read(given);
        Assert.Equal((true, (string?)null), (connections.IsPostgres, connections.AuthlyFault));
        Assert.Equal(new NpgsqlConnectionStringBuilder(meant), new NpgsqlConnectionStringBuilder(connections.Authly));
    }

    [Theory]
    [InlineData("Data Source=/data/authly.db")]
    [InlineData("DataSource = authly.db; Cache = Shared")]
    public void A_file_is_SQLite_s(string given)
    {
        var connections = Read(given);
        Assert.Equal((false, (string?)null), (connections.IsPostgres, connections.AuthlyFault));
    }

    [Theory]
    [InlineData("Host=db;Password=one;two=three")]
    [InlineData("Host=db;Password=one;two three")]
    [InlineData("postgresql://db/login?two=three")]
    [InlineData("two=three")]
    public void What_cannot_be_read_is_not_printed(string given)
    {
        var connections = Read(given);
        Assert.NotNull(connections.AuthlyFault);
        Assert.DoesNotMatch("one|two|three", connections.AuthlyFault);
    }

    [Fact(Skip = OnEachDatabaseAttribute.Missing, SkipUnless = nameof(Databases.HasPostgres), SkipType = typeof(Databases))]
    public async Task The_program_runs_on_a_URI()
    {
        var given = new NpgsqlConnectionStringBuilder(await Databases.CreatePostgresAsync());
        var credentials = given.Username + (given.Password is { } password ? $":{Uri.EscapeDataString(password)}" : "");
        await using var server = await AuthlyServer.StartAsync(Database.Postgres,
            connectionString: $"postgresql://{credentials}@{given.Host}:{given.Port}/{given.Database}?sslmode=prefer");
        Assert.Contains("on PostgreSQL", server.Output, StringComparison.Ordinal);
        Assert.Equal(200, (await server.TokensAsync()).Status);
    }

    private static ConnectionStrings Read(string given) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Authly"] = given }).Build());
}
