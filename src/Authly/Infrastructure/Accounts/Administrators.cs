using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>The people who administer this server: whoever administers from elsewhere leaves at least one.</summary>
internal sealed class Administrators(AuthlyDbContext context, Actor actor)
{
    private static readonly Refusal Last = Refusal.Invalid("Nobody else administers this server.", StatusCodes.Status409Conflict);

    /// <summary>
    /// Race: of two changes of an account the second begins when the first is done, and of two administrators who end each other's right
    /// one stays. Locks that all take in the order of ids are never a deadlock. SQLite has one writer in any case.
    /// </summary>
    /// <param name="usernames">Whose accounts are changed.</param>
    public async Task LockAsync(IEnumerable<string> usernames, CancellationToken cancellationToken)
    {
        string[] names = [.. usernames.Select(UserAccounts.Normalize)];
        if (context.Database.IsNpgsql())
            await context.Database.ExecuteSqlAsync($"""
                select 1 from users where "NormalizedUsername" = any({names}) or "IsAdministrator" order by "Id" for no key update
                """, cancellationToken);
    }

    /// <summary>After accounts have been changed. An operator at the command line of the database can always make another.</summary>
    /// <exception cref="RefusedException">Nobody would administer any more: 409.</exception>
    public async Task RequireOneAsync(CancellationToken cancellationToken)
    {
        if (!actor.IsOperator && !await context.Users.AnyAsync(each => each.IsAdministrator && !each.IsDisabled, cancellationToken))
            throw new RefusedException(Last);
    }
}
