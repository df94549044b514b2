using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Tokens;

/// <summary>Reads the entries of all tokens that requests ask about at the moment.</summary>
internal sealed class TokenReader(ITokenTable table) : BatchWorker<TokenKey, TokenEntry?>(workers: 2)
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
