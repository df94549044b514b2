using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Tokens;

/// <summary>
/// Writes the rows of all requests that wait at the moment; each is answered after the commit and not before. SQLite has one writer in any
/// case.
/// </summary>
internal sealed class TokenWriter(ITokenTable table, ConfiguredDatabase database, Instruments instruments, Readings readings)
    : BatchWorker<TokenWrite, bool>(QueueName.TokenWrites, database.IsPostgres ? 2 : 1, instruments, readings)
{
    /// <summary>Writes; false when the token that this one redeems was used or revoked meanwhile, and then nothing is written.</summary>
    /// <exception cref="RefusedException">The client is not registered any more: <c>invalid_client</c>.</exception>
    public async Task<bool> WriteAsync(TokenWrite write)
    {
        try
        {
            return await EnqueueAsync(write);
        }
        // Race: it has been deleted since this request, or this instance, read it.
        catch (Exception exception) when (exception.IsOfMissingParent())
        {
            throw new RefusedException(Refusal.NoSuchClient("The client is not registered any more."));
        }
    }

    protected override async Task<IReadOnlyList<bool>> RunAsync(IReadOnlyList<TokenWrite> batch)
    {
        var lost = await table.WriteAsync(batch);
        return [.. batch.Select(write => !lost.Contains(write))];
    }

    // Of two requests that redeem the same token the second loses, which only a later statement can see.
    protected override Guid? ExclusiveOf(TokenWrite item) => item.Redeems;
}
