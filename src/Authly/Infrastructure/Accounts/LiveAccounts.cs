using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Asks the database, for all requests that wait at the moment at once, for the names of accounts that are there and not disabled.
/// </summary>
internal sealed class LiveAccounts(IServiceScopeFactory scopes, Instruments instruments, Readings readings)
    : BatchWorker<Guid, string?>(QueueName.Accounts, workers: 2, instruments, readings)
{
    private static readonly Func<AuthlyDbContext, Guid[], IAsyncEnumerable<Named>> Query = EF.CompileAsyncQuery(
        (AuthlyDbContext context, Guid[] ids) => context.Users.Where(user => ids.Contains(user.Id) && !user.IsDisabled)
            .Select(user => new Named(user.Id, user.Username)));

    /// <summary>The username; null where nobody has the id or the account is disabled.</summary>
    public Task<string?> FindNameAsync(Guid id) => EnqueueAsync(id);

    protected override async Task<IReadOnlyList<string?>> RunAsync(IReadOnlyList<Guid> batch)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>();
        var live = await Query(context, [.. batch.Distinct()]).ToDictionaryAsync(user => user.Id, user => user.Username);
        return [.. batch.Select(live.GetValueOrDefault)];
    }

    private sealed record Named(Guid Id, string Username);
}
