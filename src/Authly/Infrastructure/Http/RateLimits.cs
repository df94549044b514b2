using System.Threading.RateLimiting;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.RateLimiting;

namespace Authly.Infrastructure.Http;

/// <summary>The limit that a page's requests count to, as an endpoint declares it.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RateLimitedAttribute(RateLimitedEndpoint endpoint) : Attribute
{
    public RateLimitedEndpoint Endpoint { get; } = endpoint;
}

/// <summary>
/// Bounds what one address, or one client, asks of an endpoint: of its route, however its path is spelled. Floods are turned away before
/// they cost anything.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    private readonly RateLimitOptions _options;
    private readonly Instruments _instruments;
    private readonly SharedRateLimits? _shared;
    private readonly PartitionedRateLimiter<RateLimitKey> _clients;

    public RateLimits(AuthlyOptions options, Instruments instruments, IServiceProvider services)
    {
        (_options, _instruments, _shared) = (options.RateLimits, instruments, services.GetService<SharedRateLimits>());
        _clients = PartitionedRateLimiter.Create<RateLimitKey, RateLimitKey>(key => Partition(key, BudgetOf(key.Endpoint).PerClient));
        Addresses = PartitionedRateLimiter.Create<HttpContext, RateLimitKey>(http =>
            EndpointOf(http) is { } endpoint && NetworkAddress.NetworkOf(http.Connection.RemoteIpAddress) is { } address
                ? Partition(new RateLimitKey(endpoint, IsClient: false, address), BudgetOf(endpoint).PerAddress)
                : RateLimitPartition.GetNoLimiter(default(RateLimitKey)));
    }

    public PartitionedRateLimiter<HttpContext> Addresses { get; }

    /// <summary>To be called when a client has proven that it is this one.</summary>
    /// <exception cref="RefusedException">It asks too much: 429.</exception>
    public async ValueTask CountAsync(HttpContext http, string clientId, CancellationToken cancellationToken)
    {
        if (!_options.Enabled || EndpointOf(http) is not { } endpoint)
            return;
        var key = new RateLimitKey(endpoint, IsClient: true, clientId);
        using var lease = await _clients.AcquireAsync(key, 1, cancellationToken);
        if (!lease.IsAcquired)
            throw new RefusedException(Refuse(endpoint, lease));
    }

    /// <summary>Counts a request that is turned away, and says what it is to be told.</summary>
    public Refusal Refuse(HttpContext http, RateLimitLease lease) => Refuse(EndpointOf(http)!.Value, lease);

    public void Dispose()
    {
        _clients.Dispose();
        Addresses.Dispose();
    }

    private Refusal Refuse(RateLimitedEndpoint endpoint, RateLimitLease lease)
    {
        var decision = (RateLimitDecision)lease;
        _instruments.RateLimitHit(endpoint, decision.Backend);
        return decision.Refusal;
    }

    private RateLimitPartition<RateLimitKey> Partition(RateLimitKey key, int quota) => quota == 0
        ? RateLimitPartition.GetNoLimiter(key)
        : RateLimitPartition.Get(key, made => new RateLimitBucket(made, quota, BudgetOf(made.Endpoint).Window, _shared));

    private static RateLimitedEndpoint? EndpointOf(HttpContext http) => http.GetEndpoint()?.Metadata is { } metadata
        ? metadata.GetMetadata<EndpointDeclaration>()?.RateLimit ?? metadata.GetMetadata<RateLimitedAttribute>()?.Endpoint
        : http.Request.Path == ObservabilityExtensions.MetricsPath ? RateLimitedEndpoint.Metrics : null;

    private RateLimitBudget BudgetOf(RateLimitedEndpoint endpoint) => endpoint switch
    {
        RateLimitedEndpoint.Authorization => _options.Authorization,
        RateLimitedEndpoint.Token => _options.Token,
        RateLimitedEndpoint.Introspection => _options.Introspection,
        RateLimitedEndpoint.Revocation => _options.Revocation,
        RateLimitedEndpoint.Userinfo => _options.UserInfo,
        RateLimitedEndpoint.EndSession => _options.EndSession,
        RateLimitedEndpoint.SignIn => _options.SignIn,
        RateLimitedEndpoint.Password => _options.Password,
        RateLimitedEndpoint.Administration => _options.Administration,
        _ => _options.Metrics,
    };
}

internal static class RateLimitExtensions
{
    public static void AddRateLimits(this IServiceCollection services, ConnectionStrings connections)
    {
        if (connections.Redis.Length > 0)
            services.AddSingleton<SharedRateLimits>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<PageShare>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<RateLimits>((limiter, limits) =>
        {
            limiter.GlobalLimiter = limits.Addresses;
            limiter.OnRejected = (rejected, _) => new ValueTask(
                ErrorStyles.RefuseAsync(rejected.HttpContext, limits.Refuse(rejected.HttpContext, rejected.Lease)));
        });
    }

    /// <summary>Before everything that costs, and after what lets a browser's application read the answer.</summary>
    public static void UseRateLimits(this WebApplication app)
    {
        if (app.Services.GetRequiredService<AuthlyOptions>().RateLimits.Enabled)
            app.UseRateLimiter();
    }

    /// <summary>After the limits, before the first question to the database.</summary>
    public static void UsePageShare(this WebApplication app) => app.Use(app.Services.GetRequiredService<PageShare>().InvokeAsync);
}
