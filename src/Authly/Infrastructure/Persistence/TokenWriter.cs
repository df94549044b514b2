using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Persistence;

/// <summary>Writes the rows of all requests that wait at the moment; each is answered after the commit and not before. SQLite has one writer in any case.</summary>
internal sealed class TokenWriter(ITokenTable table, ConfiguredDatabase database) : BatchWorker<TokenWrite, bool>(database.IsPostgres ? 2 : 1)
{
    /// <summary>Writes; false when the token that this one redeems was used or revoked meanwhile, and then nothing is written.</summary>
    public Task<bool> WriteAsync(TokenWrite write) => EnqueueAsync(write);

    protected override async Task<IReadOnlyList<bool>> RunAsync(IReadOnlyList<TokenWrite> batch)
    {
        var lost = await table.WriteAsync(batch);
        return [.. batch.Select(write => !lost.Contains(write))];
    }

    // Of two requests that redeem the same token the second loses, which only a later statement can see.
    protected override Guid? ExclusiveOf(TokenWrite item) => item.Redeems;
}

/// <summary>Reads the entries of all tokens that requests ask about at the moment.</summary>
internal sealed class TokenReader(ITokenTable table) : BatchWorker<TokenKey, TokenEntry?>(workers: 2)
{
    public Task<TokenEntry?> ReadAsync(TokenKey key) => EnqueueAsync(key);

    protected override async Task<IReadOnlyList<TokenEntry?>> RunAsync(IReadOnlyList<TokenKey> batch)
    {
        var entries = await table.ReadAsync(batch);
        var byId = entries.ToDictionary(entry => entry.Id);
        return [.. batch.Select(key => key.Id is { } id ? byId.GetValueOrDefault(id) : entries.FirstOrDefault(entry => entry.ReferenceId == key.Reference))];
    }
}

/// <summary>How a database takes a batch.</summary>
internal interface ITokenTable
{
    /// <summary>In one transaction. Returns the writes whose token could not be redeemed; nothing of those is written. No two of a batch redeem the same token.</summary>
    Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch);

    /// <summary>The entries that exist, each once.</summary>
    Task<IReadOnlyList<TokenEntry>> ReadAsync(IReadOnlyList<TokenKey> keys);
}
