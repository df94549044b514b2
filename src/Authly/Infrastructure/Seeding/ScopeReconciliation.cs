using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Seeding;

/// <summary>A file's scopes.</summary>
internal sealed class ScopeReconciliation(AuthlyDbContext context, IOpenIddictScopeManager scopes)
{
    public async Task<IReadOnlyList<Difference>> ApplyAsync(
        IReadOnlyList<ScopeMetadata> declared, List<ManagedRegistration> managed, ApplyMode mode, CancellationToken cancellationToken)
    {
        List<Difference> differences = [];
        var existing = await context.Scopes.ToDictionaryAsync(scope => scope.Name!, cancellationToken);
        foreach (var scope in declared)
        {
            if (await ApplyAsync(existing.GetValueOrDefault(scope.Name), scope, mode, cancellationToken) is { } difference)
                differences.Add(difference);
            if (mode.Manages)
                managed.Keep(context, ManagedRegistration.Scope, scope.Name, await VersionAsync(scope.Name, cancellationToken));
        }

        foreach (var name in mode.Prunes ? managed.Others(ManagedRegistration.Scope, declared.Select(scope => scope.Name)) : [])
        {
            if (existing.TryGetValue(name, out var scope))
            {
                differences.Add(new Difference(ManagedRegistration.Scope, name, Change.Delete, []));
                if (!mode.IsDryRun)
                    await scopes.DeleteAsync(scope, cancellationToken);
            }

            if (mode.Manages)
                managed.Forget(context, ManagedRegistration.Scope, name);
        }

        return differences;
    }

    private async Task<Difference?> ApplyAsync(Scope? row, ScopeMetadata scope, ApplyMode mode, CancellationToken cancellationToken)
    {
        var former = new OpenIddictScopeDescriptor();
        if (row is not null)
            await scopes.PopulateAsync(former, row, cancellationToken);
        var members = Difference.Between(row is null ? null : Difference.Of(ScopeMetadata.From(former)), Difference.Of(scope));
        if (row is not null && members.Count == 0)
            return null;
        if (!mode.IsDryRun && row is not null)
            await scopes.UpdateAsync(row, scope.ToDescriptor(), cancellationToken);
        else if (!mode.IsDryRun)
            await scopes.CreateAsync(scope.ToDescriptor(), cancellationToken);
        return new Difference(ManagedRegistration.Scope, scope.Name, row is null ? Change.Create : Change.Update, members);
    }

    private Task<string?> VersionAsync(string name, CancellationToken cancellationToken) =>
        context.Scopes.Where(scope => scope.Name == name).Select(scope => scope.ConcurrencyToken).SingleAsync(cancellationToken);
}
