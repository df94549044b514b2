using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Tokens;

/// <summary>Deletes expired tokens, and the families whose last token went.</summary>
internal sealed class TokenPruning : IPruning
{
    private DateTime _reached;

    public void Restart() => _reached = DateTime.MinValue;

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        // From where the last batch ended: else each would walk over all the entries that earlier ones left in the index until it is
        // vacuumed.
        var reached = _reached;
        var expired = await context.Tokens.Where(token => token.ExpirationDate >= reached && token.ExpirationDate < before)
            .OrderBy(token => token.ExpirationDate).Take(most)
            .Select(token => new { token.Id, token.ExpirationDate, Family = EF.Property<Guid?>(token, Token.FamilyKey) })
            .ToListAsync(cancellationToken);
        if (expired.Count == 0)
            return new Pruned([(PrunedTable.Tokens, 0), (PrunedTable.Authorizations, 0)], IsFull: false);

        _reached = expired[^1].ExpirationDate!.Value;
        var ids = expired.ConvertAll(token => token.Id);
        var tokens = await context.Tokens.Where(token => ids.Contains(token.Id)).ExecuteDeleteAsync(cancellationToken);
        var families = expired.Where(token => token.Family is not null).Select(token => token.Family!.Value).Distinct().ToList();
        var ended = families.Count == 0 ? 0 : await context.Authorizations
            .Where(family => families.Contains(family.Id)
                && !context.Tokens.Any(token => EF.Property<Guid?>(token, Token.FamilyKey) == family.Id))
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.Tokens, tokens), (PrunedTable.Authorizations, ended)], IsFull: tokens == most, _reached);
    }
}
