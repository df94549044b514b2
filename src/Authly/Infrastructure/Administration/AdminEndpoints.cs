using System.Reflection;
using Authly.Infrastructure.Mediation;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Authly.Infrastructure.Administration;

/// <summary>
/// All endpoints below <c>/admin</c>. They are made when somebody asks for the first of them: each is compiled, and a start would wait a
/// fifth longer for what most instances are never asked.
/// </summary>
internal sealed class AdminEndpoints(IServiceProvider services) : EndpointDataSource, IDisposable
{
    private static readonly MethodInfo Mapping =
        typeof(AdminEndpoints).GetMethod(nameof(Map), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly CancellationTokenSource _made = new();
    private readonly Lock _lock = new();
    private volatile IReadOnlyList<Endpoint> _endpoints = [];

    // Race: whoever finds them there may go on only when routing has them, too.
    private volatile bool _isMade;

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() =>
        _endpoints.Count > 0 ? NullChangeToken.Singleton : new CancellationChangeToken(_made.Token);

    /// <summary>Routing has them when this returns.</summary>
    public void Make()
    {
        if (_isMade)
            return;
        lock (_lock)
        {
            if (_isMade)
                return;
            var routes = new Routes(services);
            var sent = new SentRequests();
            var admin = new AdminRoutes(routes, sent);
            foreach (var operation in Declared.Having(typeof(IAdminOperation)))
                Mapping.MakeGenericMethod(operation).Invoke(null, [admin]);
            sent.Map(routes);
            routes.MapAdminDocument();
            _endpoints = [.. routes.DataSources.SelectMany(source => source.Endpoints)];
            _made.Cancel();
            _isMade = true;
        }
    }

    public void Dispose() => _made.Dispose();

    private static void Map<T>(AdminRoutes routes) where T : IAdminOperation => T.Map(routes);

    private sealed class Routes(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);
    }
}
