using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Authly.Infrastructure.Changes;

/// <summary>
/// Publishes by Redis what a context has saved, once it is committed. A message too many does no harm: whoever hears it looks.
/// </summary>
internal sealed class ChangePublisher(RedisChanges redis) : DbTransactionInterceptor, ISaveChangesInterceptor
{
    private readonly ConditionalWeakTable<DbContext, HashSet<string>> _unpublished = [];

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        var topics = eventData.Context!.ChangeTracker.Entries()
            .Where(entry => entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted)
            .Select(ChangeNotifications.TopicOf).OfType<string>().ToList();
        if (topics.Count > 0)
            _unpublished.GetOrCreateValue(eventData.Context).UnionWith(topics);
        return new(result);
    }

    /// <summary>A single statement that needed no transaction is committed by itself.</summary>
    public async ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context!.Database.CurrentTransaction is null)
            await PublishAsync(eventData.Context);
        return result;
    }

    public override Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        PublishAsync(eventData.Context!);

    private async Task PublishAsync(DbContext context)
    {
        if (!_unpublished.TryGetValue(context, out var topics))
            return;
        _unpublished.Remove(context);
        foreach (var topic in topics)
            await redis.PublishAsync(topic);
    }
}
