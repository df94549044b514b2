using System.Collections.Concurrent;
using System.Collections.Frozen;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Authly.Infrastructure.AuthorizationServer.Registrations;

/// <summary>
/// Clients and scopes as the database last had them, shared by all requests, so that a token request asks for neither. A change is seen
/// when <see cref="Forget"/> is called, and <see cref="MaximumAge"/> after it at the latest. What is handed out is for reading: whoever changes a
/// registration reads it from the database.
/// </summary>
internal sealed class Registrations(IServiceScopeFactory services, Database database, Instruments instruments, TimeProvider time)
{
    // A bound on memory, far above what most have; beyond it they are simply read again.
    private const int MostClients = 10_000;

    private Snapshot _current = new(DateTimeOffset.MinValue);

    /// <summary>How long a change can stay unseen when nobody said that there was one.</summary>
    public TimeSpan MaximumAge { get; } = database.IsPostgres ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(1);

    public void Forget() => Volatile.Write(ref _current, new Snapshot(time.GetUtcNow()));

    public async ValueTask<OpenIddictEntityFrameworkCoreApplication<Guid>?> ClientAsync(string clientId, CancellationToken cancellationToken)
    {
        var snapshot = Current;
        if (snapshot.Clients.TryGetValue(clientId, out var client))
        {
            instruments.CacheRead(Cache.Clients, CacheStatus.Hit);
            return client;
        }

        instruments.CacheRead(Cache.Clients, CacheStatus.Miss);
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        client = await context.Applications.AsNoTracking().SingleOrDefaultAsync(application => application.ClientId == clientId, cancellationToken);
        // Into the snapshot that was current before the read: if there was a change meanwhile, it is thrown away with it. Who is unknown is not kept: anybody can make up names.
        if (client is not null && snapshot.Clients.Count < MostClients)
            snapshot.Clients[clientId] = client;
        return client;
    }

    public async ValueTask<FrozenDictionary<string, OpenIddictEntityFrameworkCoreScope<Guid>>> ScopesAsync(CancellationToken cancellationToken)
    {
        var snapshot = Current;
        instruments.CacheRead(Cache.Scopes, snapshot.Scopes is null ? CacheStatus.Miss : CacheStatus.Hit);
        if (snapshot.Scopes is { } scopes)
            return scopes;

        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var all = await context.Set<OpenIddictEntityFrameworkCoreScope<Guid>>().AsNoTracking().ToListAsync(cancellationToken);
        return snapshot.Scopes = all.ToFrozenDictionary(each => each.Name!, StringComparer.Ordinal);
    }

    private Snapshot Current
    {
        get
        {
            if (time.GetUtcNow() - Volatile.Read(ref _current).MadeAt > MaximumAge)
                Forget();
            return Volatile.Read(ref _current);
        }
    }

    private sealed class Snapshot(DateTimeOffset madeAt)
    {
        public DateTimeOffset MadeAt { get; } = madeAt;

        public ConcurrentDictionary<string, OpenIddictEntityFrameworkCoreApplication<Guid>> Clients { get; } = new(StringComparer.Ordinal);

        public FrozenDictionary<string, OpenIddictEntityFrameworkCoreScope<Guid>>? Scopes { get; set; }
    }
}
