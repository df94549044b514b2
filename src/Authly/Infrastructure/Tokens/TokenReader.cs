using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Tokens;

/// <summary>Reads the entries of all tokens that requests ask about at the moment.</summary>
internal sealed class TokenReader(ITokenTable table, Instruments instruments, Readings readings)
    : BatchWorker<TokenKey, TokenEntry?>(QueueName.TokenReads, workers: 2, instruments, readings)
{
    public Task<TokenEntry?> ReadAsync(TokenKey key) => EnqueueAsync(key);

    protected override async Task<IReadOnlyList<TokenEntry?>> RunAsync(IReadOnlyList<TokenKey> batch)
    {
        var entries = await table.ReadAsync(batch);
        var byId = entries.ToDictionary(entry => entry.Id);
        return [.. batch.Select(
            key => key.Id is { } id ? byId.GetValueOrDefault(id) : entries.FirstOrDefault(entry => entry.ReferenceId == key.Reference))];
    }
}
