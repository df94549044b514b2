using Authly.Infrastructure.Configuration;
using Authly.Load;
using Authly.Tests.Harness;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Authly.Micro;

/// <summary>
/// What a request allocates: the program itself, in this process, over PostgreSQL, asked by 32 connections at once, as rows are read and
/// written for all that wait. JWKS, which is answered from memory, is what Kestrel, the middleware and the client here take; with
/// <c>Authly__PlainGrants=false</c> in the environment all the others go the long way.
/// </summary>
[MemoryDiagnoser, Config(typeof(InProcess))]
public class Requests : IDisposable
{
    private const int Connections = 32;

    private static readonly byte[] JsonWebKeys = Client.Request("GET", "/.well-known/jwks.json");

    private PostgresCluster _postgres = null!;
    private Connection[] _connections = [];
    private People _people = null!;
    private byte[] _introspection = [];
    private byte[] _userinfo = [];

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _postgres = await PostgresCluster.StartNewAsync();
        var folder = Directory.CreateTempSubdirectory("authly-micro-").FullName;
        var (port, metrics) = (Network.FreePort(), Network.FreePort());
        var settings = await ServerSettings.WriteAsync(folder, port, metrics, $"{_postgres.ConnectionString};Database=postgres");
        foreach (var (name, value) in settings)
            Environment.SetEnvironmentVariable(name, value);
        Environment.SetEnvironmentVariable("ASPNETCORE_APPLICATIONNAME", "Authly");
        var program = typeof(AuthlyOptions).Assembly.EntryPoint!;
        _ = Task.Factory.StartNew(
            () => program.Invoke(null, [Array.Empty<string>()]), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Peer.WaitUntilReadyAsync(new Uri($"http://127.0.0.1:{metrics}/health/ready"));

        _connections = [.. Enumerable.Range(0, Connections).Select(_ => new Connection(port))];
        _people = await People.SignInAsync(port, "/oauth/authorize", "/oauth/token", ServerSettings.Secret);
        await _people.AuthorizeAsync(0, _connections[0]);
        var token = _connections[0].Between("\"access_token\":\"", "\"");
        _introspection = Client.Request("POST", "/oauth/introspect", $"token={token}", $"web:{ServerSettings.Secret}");
        _userinfo = System.Text.Encoding.ASCII.GetBytes(
            $"GET /oidc/userinfo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _postgres.DisposeAsync();

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Connections)]
    public Task Jwks() => AskAsync(JsonWebKeys);

    [Benchmark(OperationsPerInvoke = Connections)]
    public Task ClientCredentials() => AskAsync(Client.ClientCredentials);

    [Benchmark(OperationsPerInvoke = Connections)]
    public Task Introspection() => AskAsync(_introspection);

    [Benchmark(OperationsPerInvoke = Connections)]
    public Task Userinfo() => AskAsync(_userinfo);

    [Benchmark(OperationsPerInvoke = Connections)]
    public Task Refresh() => AllAsync(_people.RefreshAsync);

    [Benchmark(OperationsPerInvoke = Connections)]
    public Task AuthorizeAndExchange() => AllAsync(_people.AuthorizeAsync);

    private Task AskAsync(byte[] request) => AllAsync(async (_, connection) => await connection.SendAsync(request) == 200);

    private async Task AllAsync(Func<int, Connection, Task<bool>> steps)
    {
        var done = await Task.WhenAll(_connections.Select((connection, index) => steps(index, connection)));
        if (!done.All(isRight => isRight))
            throw new InvalidOperationException("A request was not answered as it should be.");
    }

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
