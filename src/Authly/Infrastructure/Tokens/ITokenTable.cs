
namespace Authly.Infrastructure.Tokens;

/// <summary>How a database takes a batch.</summary>
internal interface ITokenTable
{
    /// <summary>
    /// In one transaction. Returns the writes whose token could not be redeemed; nothing of those is written. No two of a batch redeem the
    /// same token.
    /// </summary>
    Task<IReadOnlySet<TokenWrite>> WriteAsync(IReadOnlyList<TokenWrite> batch);

    /// <summary>The entries that exist, each once.</summary>
    Task<IReadOnlyList<TokenEntry>> ReadAsync(IReadOnlyList<TokenKey> keys);
}
