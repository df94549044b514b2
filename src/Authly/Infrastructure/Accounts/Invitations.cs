using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>A link by which a person chooses their first password; told once, and good for one of them.</summary>
internal sealed record Invitation(Guid Sub, string Username, string Link, DateTime ExpiresAt);

/// <summary>Invites people: nobody but they themselves ever knows a password of theirs.</summary>
internal sealed class Invitations(
    Registrar registrar, OneTimePasswordProofs proofs, AuthlyDbContext context, AuthlyOptions options, TimeProvider time)
{
    public const string Path = "/invitation";

    public const string Parameter = "proof";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    private static readonly Refusal HasChosen =
        Refusal.Invalid("They have chosen a password already: reset it.", StatusCodes.Status409Conflict);

    /// <summary>Makes the account; where somebody was invited before and has not come, the link from then is good no more.</summary>
    /// <exception cref="RefusedException">Somebody has the name, and a password: 409.</exception>
    public async Task<Invitation> InviteAsync(
        string username, bool isAdministrator, IReadOnlyList<string> groups, CancellationToken cancellationToken)
    {
        var normalized = UserAccounts.Normalize(username);
        var known = await context.Users.AsNoTracking()
            .SingleOrDefaultAsync(user => user.NormalizedUsername == normalized, cancellationToken);
        if (known is { PasswordIsOneTime: false })
            throw new RefusedException(HasChosen);
        var sub = known is null ? (await registrar.CreateAsync(username, isAdministrator, groups, cancellationToken)).Sub
            : (await registrar.ResetAsync(username, cancellationToken)).Sub;
        var user = await context.Users.AsNoTracking().SingleAsync(each => each.Id == sub, cancellationToken);
        var until = time.GetUtcNow() + Lifetime;
        var proof = proofs.Seal(new OneTimePasswordProof(sub, user.PasswordVersion), until);
        return new Invitation(sub, user.Username,
            $"{options.Issuer!.TrimEnd('/')}{Path}?{Parameter}={Uri.EscapeDataString(proof)}", until.UtcDateTime);
    }
}
