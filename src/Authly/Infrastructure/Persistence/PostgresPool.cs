using Npgsql;

namespace Authly.Infrastructure.Persistence;

/// <summary>The one pool of connections to PostgreSQL.</summary>
internal static class PostgresPool
{
    public static NpgsqlDataSource Build(string connectionString)
    {
        var source = new NpgsqlDataSourceBuilder(connectionString)
        {
            // The pool's name in metrics: unset, the label would print the connection string.
            Name = "authly",
        };
        var settings = source.ConnectionStringBuilder;
        // The same few statements run all the time; a pooler that cannot keep them is told so by `Max Auto Prepare=0`.
        if (!settings.ContainsKey("Max Auto Prepare"))
            settings.MaxAutoPrepare = 64;
        // Asking for Kerberos encryption is a round trip for each connection, and one more wait where nobody answers. Who has it says so.
        if (!settings.ContainsKey("GSS Encryption Mode"))
            settings.GssEncryptionMode = GssEncryptionMode.Disable;
        settings.Timeout = Least(settings.Timeout, DatabaseTimeouts.ConnectSeconds);
        settings.CommandTimeout = Least(settings.CommandTimeout, DatabaseTimeouts.CommandSeconds);
        settings.CancellationTimeout = Least(settings.CancellationTimeout, DatabaseTimeouts.CancellationMilliseconds);
        // Nothing here leaves a setting behind in a session, and asking the server to forget it would cost a round trip each time.
        settings.NoResetOnClose = true;
        // Spans name the pool, not where the database lives.
        source.ConfigureTracing(tracing => tracing.EnablePhysicalOpenTracing(false)
            .ConfigureCommandEnrichmentCallback((span, _) => span.SetTag("server.address", null).SetTag("server.port", null))
            .ConfigureBatchEnrichmentCallback((span, _) => span.SetTag("server.address", null).SetTag("server.port", null)));
        return source.Build();

        // Zero is for ever.
        static int Least(int given, int most) => given == 0 ? most : Math.Min(given, most);
    }
}
