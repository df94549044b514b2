using System.Collections.Concurrent;
using Authly.Tests.Harness;

[assembly: AssemblyFixture(typeof(Servers))]

namespace Authly.Tests.Harness;

/// <summary>One server for each database, shared by the tests that leave no trace that another could trip over.</summary>
public sealed class Servers : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Database, Lazy<Task<AuthlyServer>>> _shared = new();

    public Task<AuthlyServer> SharedAsync(Database database) =>
        _shared.GetOrAdd(database, key => new Lazy<Task<AuthlyServer>>(() => AuthlyServer.StartAsync(key))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _shared.Values)
            await (await server.Value).DisposeAsync();
        await Databases.StopAsync();
    }
}
