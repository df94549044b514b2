using Authly.Infrastructure.Configuration;
using StackExchange.Redis;

namespace Authly.Infrastructure.Changes;

/// <summary>
/// The connection to Redis where <c>ConnectionStrings:Redis</c> names one. Nothing that decides is in it: while it is away, changes are
/// noticed later and no request waits or fails. Reconnects on its own.
/// </summary>
internal sealed class Redis(ConnectionStrings connections) : IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection = new(() => ConnectionMultiplexer.ConnectAsync(Options(connections)));

    /// <summary>
    /// The connection, made at the first call; one that could not be made in a second is returned all the same, and connects when it can.
    /// </summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => _connection.Value;

    private static ConfigurationOptions Options(ConnectionStrings connections)
    {
        var options = ConfigurationOptions.Parse(connections.Redis);
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
