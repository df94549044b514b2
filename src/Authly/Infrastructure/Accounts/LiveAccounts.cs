using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>Asks the database, for all requests that wait at the moment at once, whether accounts are there and not disabled.</summary>
internal sealed class LiveAccounts(IServiceScopeFactory scopes) : BatchWorker<Guid, bool>(workers: 2)
{
    public Task<bool> ContainAsync(Guid id) => EnqueueAsync(id);

    protected override async Task<IReadOnlyList<bool>> RunAsync(IReadOnlyList<Guid> batch)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var ids = batch.Distinct().ToList();
        var live = await context.Users.Where(user => ids.Contains(user.Id) && !user.IsDisabled).Select(user => user.Id).ToListAsync();
        return [.. batch.Select(live.Contains)];
    }
}
