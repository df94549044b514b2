using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Tokens;

/// <summary>
/// Values that are good for one use by any instance, such as the <c>jti</c> of an assertion, until they expire by themselves (RFC 7523 §3,
/// RFC 9449 §11.1). The row has a hash: a value may be long, and a secret.
/// </summary>
internal sealed class OneTimeValues(AuthlyDbContext context)
{
    /// <summary>Uses a value; false when it was used before. Not cancellable: who hangs up must not learn to use it again.</summary>
    /// <param name="purpose">What the value is of, and of whom: values of different purposes do not meet.</param>
    /// <param name="expiresAt">When the value is refused for its age, UTC: until then its use must be known.</param>
    public async Task<bool> TryUseAsync(string purpose, string value, DateTime expiresAt)
    {
        // The lengths keep ("a", "bc") apart from ("ab", "c").
        var key = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose.Length}:{purpose}{value}")));
        return await context.Database.ExecuteSqlAsync(
            $"""insert into one_time_values ("Key", "ExpiresAt") values ({key}, {expiresAt}) on conflict do nothing""",
            CancellationToken.None) == 1;
    }
}

/// <summary>What has expired is refused for its age, so its row is not needed any more.</summary>
internal sealed class OneTimeValuePruning : IPruning
{
    public void Restart()
    {
    }

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        var rows = await context.OneTimeValues.Where(value => value.ExpiresAt < before).OrderBy(value => value.ExpiresAt).Take(most)
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.OneTimeValues, rows)], IsFull: rows == most);
    }
}
