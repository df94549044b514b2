using StackExchange.Redis;

namespace Authly.Infrastructure.Changes;

/// <summary>
/// The connection to Redis where <c>ConnectionStrings:Redis</c> names one. Nothing that decides is in it: while it is away, changes are noticed later and no request waits
/// or fails. Reconnects on its own.
/// </summary>
internal sealed class Redis(IConfiguration configuration) : IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection = new(() => ConnectionMultiplexer.ConnectAsync(Options(configuration)));

    /// <summary>The connection, made at the first call; one that could not be made in a second is returned all the same, and connects when it can.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => _connection.Value;

    public bool IsConnected => _connection is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result.IsConnected: true } };

    public static bool IsConfigured(IConfiguration configuration) => Configured(configuration).Length > 0;

    /// <summary>Whether the connection string is one: hosts with their ports, and options. A URL is not.</summary>
    public static bool IsReadable(IConfiguration configuration)
    {
        try
        {
            return ConfigurationOptions.Parse(Configured(configuration)).EndPoints is { Count: > 0 } hosts && !hosts.Any(host => $"{host}".Contains("//", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }
    }

    private static string Configured(IConfiguration configuration) => configuration.GetConnectionString("Redis")?.Trim() ?? "";

    private static ConfigurationOptions Options(IConfiguration configuration)
    {
        var options = ConfigurationOptions.Parse(Configured(configuration));
        options.ClientName ??= "authly";
        // A start does not fail for it, and waits a second at most.
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = options.AsyncTimeout = options.SyncTimeout = 1000;
        options.KeepAlive = 10;
        // Who tells something while nobody is there need not wait: there is a poll behind it.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.IncludeDetailInExceptions = false;
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
            await (await _connection.Value).DisposeAsync();
    }
}
