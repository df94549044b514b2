using System.Collections.Concurrent;
using System.Collections.Frozen;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Authly.Infrastructure.AuthorizationServer.Registrations;

/// <summary>
/// Clients and scopes as the database last had them, shared by all requests, so that a token request asks for neither. A change is seen
/// when <see cref="Changes"/> tells, and after <c>Authly:RegistrationsMaximumAge</c> at the latest. What is handed out is for reading: whoever changes a
/// registration reads it from the database.
/// </summary>
internal sealed class Registrations
{
    /// <summary>The topic of <see cref="Changes"/> that the tables' triggers notify.</summary>
    public const string Topic = "registrations";

    // A bound on memory, far above what most have; beyond it they are simply read again.
    private const int MostClients = 10_000;

    private readonly IServiceScopeFactory _services;
    private readonly Instruments _instruments;
    private readonly TimeProvider _time;
    private readonly TimeSpan _maximumAge;
    private Snapshot _current = new(DateTimeOffset.MinValue);

    public Registrations(IServiceScopeFactory services, Database database, Changes changes, AuthlyOptions options, Instruments instruments, TimeProvider time)
    {
        (_services, _instruments, _time) = (services, instruments, time);
        // SQLite notifies nobody, and a read costs little.
        _maximumAge = database.IsPostgres ? options.RegistrationsMaximumAge : TimeSpan.FromSeconds(1);
        changes.Subscribe(Topic, Forget);
    }

    private void Forget() => Volatile.Write(ref _current, new Snapshot(_time.GetUtcNow()));

    public async ValueTask<OpenIddictEntityFrameworkCoreApplication<Guid>?> ClientAsync(string clientId, CancellationToken cancellationToken)
    {
        var snapshot = Current;
        if (snapshot.Clients.TryGetValue(clientId, out var client))
        {
            _instruments.CacheRead(Cache.Clients, CacheStatus.Hit);
            return client;
        }

        _instruments.CacheRead(Cache.Clients, CacheStatus.Miss);
        await using var scope = _services.CreateAsyncScope();
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
        _instruments.CacheRead(Cache.Scopes, snapshot.Scopes is null ? CacheStatus.Miss : CacheStatus.Hit);
        if (snapshot.Scopes is { } scopes)
            return scopes;

        await using var scope = _services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var all = await context.Set<OpenIddictEntityFrameworkCoreScope<Guid>>().AsNoTracking().ToListAsync(cancellationToken);
        return snapshot.Scopes = all.ToFrozenDictionary(each => each.Name!, StringComparer.Ordinal);
    }

    private Snapshot Current
    {
        get
        {
            if (_time.GetUtcNow() - Volatile.Read(ref _current).MadeAt > _maximumAge)
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
