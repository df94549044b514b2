using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Authly.Infrastructure.Persistence;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace Authly.Infrastructure.Clients;

/// <summary>OpenIddict's manager of scopes over <see cref="Registrations"/>.</summary>
internal sealed class ScopeManager(IOpenIddictScopeCache<Scope> cache, ILogger<OpenIddictScopeManager<Scope>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options, IOpenIddictScopeStore<Scope> store, Registrations registrations)
    : OpenIddictScopeManager<Scope>(cache, logger, options, store)
{
    public override async IAsyncEnumerable<Scope> FindByNamesAsync(
        ImmutableArray<string> names, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var scopes = await registrations.ScopesAsync(cancellationToken);
        foreach (var name in names)
        {
            if (scopes.TryGetValue(name, out var scope))
                yield return scope;
        }
    }
}
