using System.Collections.Frozen;
using System.Text.Json;
using Authly.Infrastructure.Changes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// Clients and scopes as the database last had them, shared by all requests, so that a token request asks for neither. A change is seen
/// when <see cref="ChangeNotifications"/> tells, and after <c>Authly:RegistrationsMaximumAge</c> at the latest. What is handed out is for
/// reading: whoever changes a registration reads it from the database.
/// </summary>
internal sealed class Registrations
{
    private readonly IServiceScopeFactory _services;
    private readonly ChangeNotifications _changes;
    private readonly Instruments _instruments;
    private readonly TimeProvider _time;
    private readonly TimeSpan _maximumAge;
    private readonly IReadOnlyList<Scope> _ofAdministration;
    private RegistrationSnapshot _current;
    private IReadOnlyList<string> _scopeNames = [];
    private int _isReadingScopes;

    public Registrations(IServiceScopeFactory services, ConfiguredDatabase database, ChangeNotifications changes, AuthlyOptions options,
        Instruments instruments, TimeProvider time)
    {
        (_services, _changes, _instruments, _time) = (services, changes, instruments, time);
        // SQLite notifies nobody, and a read costs little.
        _maximumAge = database.IsPostgres ? options.RegistrationsMaximumAge : TimeSpan.FromSeconds(1);
        _current = new RegistrationSnapshot(time.GetTimestamp());
        var resources = JsonSerializer.Serialize<string[]>([AdminScopes.ResourceOf(options.Issuer!)]);
        _ofAdministration = [.. AdminScopes.All.Select(
            scope => new Scope { Name = scope.Key, Description = scope.Value, Resources = resources })];
        changes.Subscribe(ChangeNotifications.Registrations, () =>
        {
            Forget();
            _ = RefreshScopesAsync();
        });
    }

    /// <summary>
    /// The names of all registered scopes as they were last read, for discovery, which waits for no database; a change is read in the
    /// background. The list is another one only when they changed.
    /// </summary>
    public IReadOnlyList<string> ScopeNames
    {
        get
        {
            if (Current.Scopes is null)
                _ = RefreshScopesAsync();
            return Volatile.Read(ref _scopeNames);
        }
    }

    /// <summary>A client that is in memory and enabled; null also for one that would have to be read.</summary>
    public Client? KnownClient(string clientId) => Current.Clients.GetValueOrDefault(clientId);

    public async ValueTask<Client?> ClientAsync(string clientId, CancellationToken cancellationToken)
    {
        if (Current.Clients.TryGetValue(clientId, out var client))
        {
            _instruments.CacheRead(Cache.Clients, CacheStatus.Hit);
            return client;
        }

        _instruments.CacheRead(Cache.Clients, CacheStatus.Miss);
        return await ReadClientAsync(clientId, cancellationToken);
    }

    /// <summary>Reads a client from the database, and keeps it. One that is disabled is nobody's.</summary>
    public async ValueTask<Client?> ReadClientAsync(string clientId, CancellationToken cancellationToken)
    {
        var snapshot = Current;
        await using var scope = _services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var client = await context.Clients.AsNoTracking()
            .SingleOrDefaultAsync(each => each.ClientId == clientId && !each.IsDisabled, cancellationToken);
        // Race: into the snapshot that was current before the read. If there was a change meanwhile, it is thrown away with it.
        snapshot.Keep(clientId, client);
        return client;
    }

    /// <summary>Those that are registered, and those of the administration API.</summary>
    public async ValueTask<FrozenDictionary<string, Scope>> ScopesAsync(CancellationToken cancellationToken)
    {
        var snapshot = Current;
        _instruments.CacheRead(Cache.Scopes, snapshot.Scopes is null ? CacheStatus.Miss : CacheStatus.Hit);
        if (snapshot.Scopes is { } scopes)
            return scopes;

        await using var scope = _services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var all = (await context.Scopes.AsNoTracking().ToListAsync(cancellationToken))
            // One of that name that was registered before it was kept for the administration gives no access to it.
            .Where(each => !AdminScopes.IsReserved(each.Name!)).ToList();
        var names = all.Select(each => each.Name!).Order(StringComparer.Ordinal).ToList();
        if (!names.SequenceEqual(_scopeNames))
            Volatile.Write(ref _scopeNames, names);
        return snapshot.Scopes = all.Concat(_ofAdministration).ToFrozenDictionary(each => each.Name!, StringComparer.Ordinal);
    }

    private async Task RefreshScopesAsync()
    {
        if (Interlocked.Exchange(ref _isReadingScopes, 1) == 1)
            return;
        try
        {
            await ScopesAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception.IsDatabaseAway())
        {
            // Who needs the database says that it is away; discovery goes on with what it had.
        }
        finally
        {
            Volatile.Write(ref _isReadingScopes, 0);
        }
    }

    private void Forget() => Volatile.Write(ref _current, new RegistrationSnapshot(_time.GetTimestamp()));

    private RegistrationSnapshot Current
    {
        get
        {
            var current = Volatile.Read(ref _current);
            var age = _time.GetElapsedTime(current.MadeAt);
            // Race: of requests that find it too old at once, one begins the next.
            if (age > _maximumAge
                && Interlocked.CompareExchange(ref _current, new RegistrationSnapshot(_time.GetTimestamp()), current) == current)
            {
                _changes.Polled(age);
            }

            return Volatile.Read(ref _current);
        }
    }
}
