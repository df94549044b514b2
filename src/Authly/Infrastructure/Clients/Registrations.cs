using System.Collections.Concurrent;
using System.Collections.Frozen;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// Clients and scopes as the database last had them, shared by all requests, so that a token request asks for neither. A change is seen
/// when <see cref="ChangeNotifications"/> tells, and after <c>Authly:RegistrationsMaximumAge</c> at the latest. What is handed out is for reading: whoever changes a
/// registration reads it from the database.
/// </summary>
internal sealed class Registrations
{
    // A bound on memory, far above what most have; beyond it all are forgotten and read again. Names that nobody has are among them: else the time tells who is unknown.
    private const int MostClients = 10_000;

    // As long as the column is: no client has a longer id.
    private const int LongestClientId = 100;

    private readonly IServiceScopeFactory _services;
    private readonly Instruments _instruments;
    private readonly TimeProvider _time;
    private readonly TimeSpan _maximumAge;
    private Snapshot _current;
    private IReadOnlyList<string> _scopeNames = [];
    private int _isReadingScopes;

    public Registrations(IServiceScopeFactory services, ConfiguredDatabase database, ChangeNotifications changes, AuthlyOptions options, Instruments instruments, TimeProvider time)
    {
        (_services, _instruments, _time) = (services, instruments, time);
        // SQLite notifies nobody, and a read costs little.
        _maximumAge = database.IsPostgres ? options.RegistrationsMaximumAge : TimeSpan.FromSeconds(1);
        _current = new Snapshot(time.GetTimestamp());
        changes.Subscribe(ChangeNotifications.Registrations, () =>
        {
            Forget();
            _ = RefreshScopesAsync();
        });
    }

    /// <summary>The names of all scopes as they were last read, for discovery, which waits for no database; a change is read in the background. The list is another one only when they changed.</summary>
    public IReadOnlyList<string> ScopeNames
    {
        get
        {
            if (Current.Scopes is null)
                _ = RefreshScopesAsync();
            return Volatile.Read(ref _scopeNames);
        }
    }

    private void Forget() => Volatile.Write(ref _current, new Snapshot(_time.GetTimestamp()));

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
        // Into the snapshot that was current before the read: if there was a change meanwhile, it is thrown away with it.
        snapshot.Keep(clientId, client);
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
        var names = all.Select(each => each.Name!).Order(StringComparer.Ordinal).ToList();
        if (!names.SequenceEqual(_scopeNames))
            Volatile.Write(ref _scopeNames, names);
        return snapshot.Scopes = all.ToFrozenDictionary(each => each.Name!, StringComparer.Ordinal);
    }

    private async Task RefreshScopesAsync()
    {
        if (Interlocked.Exchange(ref _isReadingScopes, 1) == 1)
            return;
        try
        {
            await ScopesAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception.IsDatabaseFault())
        {
            // Who needs the database says that it is away; discovery goes on with what it had.
        }
        finally
        {
            Volatile.Write(ref _isReadingScopes, 0);
        }
    }

    private Snapshot Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _current).MadeAt) > _maximumAge)
                Forget();
            return Volatile.Read(ref _current);
        }
    }

    private sealed class Snapshot(long madeAt)
    {
        private int _kept;

        /// <summary>A timestamp of the clock that nobody sets.</summary>
        public long MadeAt { get; } = madeAt;

        /// <summary>By their ids; null for an id that nobody has.</summary>
        public ConcurrentDictionary<string, OpenIddictEntityFrameworkCoreApplication<Guid>?> Clients { get; } = new(StringComparer.Ordinal);

        public FrozenDictionary<string, OpenIddictEntityFrameworkCoreScope<Guid>>? Scopes { get; set; }

        public void Keep(string clientId, OpenIddictEntityFrameworkCoreApplication<Guid>? client)
        {
            if (clientId.Length > LongestClientId)
                return;
            if (Interlocked.Increment(ref _kept) > MostClients)
            {
                Clients.Clear();
                Interlocked.Exchange(ref _kept, 1);
            }

            Clients[clientId] = client;
        }
    }
}
