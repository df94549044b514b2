using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>People: who they are, and their passwords.</summary>
internal sealed class UserAccounts(
    AuthlyDbContext context, PasswordHasher passwords, Sessions sessions, TokenFamilies families, LiveAccounts live,
    SignInProtection protection, AuditLog audit, Instruments instruments, TimeProvider time)
{
    public const int MinimumPasswordLength = 8;
    public const int MaximumPasswordLength = 1024;
    public const int MaximumUsernameLength = 256;

    /// <summary>A username as it is looked up.</summary>
    public static string Normalize(string username) => PreparedText.Username(username);

    /// <summary>The account of a username, for whoever administers it.</summary>
    /// <exception cref="RefusedException">There is none: 404.</exception>
    public static async Task<User> FindAsync(IQueryable<User> users, string username, CancellationToken cancellationToken)
    {
        var normalized = Normalize(username);
        return await users.SingleOrDefaultAsync(user => user.NormalizedUsername == normalized, cancellationToken)
            ?? throw new RefusedException(Refusal.Missing("account"));
    }

    public static bool IsUsername(string name) => name.Trim().Length is > 0 and <= MaximumUsernameLength && !name.Any(char.IsControl)
        // Its prepared form may be longer.
        && Normalize(name).Length is > 0 and <= MaximumUsernameLength;

    public static bool IsGroup(string? group) => group is { Length: > 0 and <= 256 } && !group.Any(char.IsControl);

    /// <summary>The person behind a <c>sub</c>; null when there is none or the account is disabled.</summary>
    public Task<User?> FindActiveAsync(string? subject, CancellationToken cancellationToken) =>
        Subjects.UserOf(subject) is { } id
            ? context.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Id == id && !user.IsDisabled, cancellationToken)
            : Task.FromResult<User?>(null);

    /// <summary>Whether there is a person behind a <c>sub</c> whose account is not disabled.</summary>
    public async Task<bool> IsActiveAsync(string? subject) => await NameOfAsync(subject) is not null;

    /// <summary>The username of the person behind a <c>sub</c>; null when there is none or the account is disabled.</summary>
    public async Task<string?> NameOfAsync(string? subject) =>
        Subjects.UserOf(subject) is { } id ? await live.FindNameAsync(id) : null;

    /// <summary>
    /// The person whose password this is, as the row was when it was read: the version of the password that was proven is in it. Nobody,
    /// and for the metrics alone why not, in the same time. Raises an outdated hash.
    /// </summary>
    public async Task<(User? User, LoginFailure? Failure)> VerifyAsync(
        string username, string password, SignInOrigin origin, CancellationToken cancellationToken)
    {
        // Order: whoever finds no room is told before the database is asked.
        using var place = passwords.Enter();
        var normalized = Normalize(username);
        var throttled = await protection.TryBeginAsync(normalized, origin);
        var user = await context.Users.AsNoTracking()
            .SingleOrDefaultAsync(each => each.NormalizedUsername == normalized, cancellationToken);
        if (throttled is { } kind)
        {
            instruments.SignInThrottled(kind);
            await RecordAsync(SecurityEvent.SignInThrottled, user, Label<ThrottleKind>.Of(kind));
            await passwords.PretendAsync(cancellationToken);
            return (null, LoginFailure.Throttled);
        }

        var matches = await passwords.VerifyAsync(user?.PasswordHash, password, cancellationToken);
        if (!matches || user is null or { IsDisabled: true })
        {
            var failure = user is null ? LoginFailure.UnknownUser : matches ? LoginFailure.Disabled : LoginFailure.WrongPassword;
            await RecordAsync(SecurityEvent.SignInFailed, user, Label<LoginFailure>.Of(failure));
            return (null, failure);
        }

        await protection.SucceededAsync(normalized, origin);
        if (passwords.IsOutdated(user.PasswordHash))
            await RehashAsync(user, password, cancellationToken);
        return (user, null);
    }

    /// <summary>
    /// Sets a new password in place of the version that was proven, and ends every session and every token of the person, whoever holds
    /// them. False where that version is not the current one any more: of several changes that were proven by the same password one wins.
    /// </summary>
    public async Task<bool> TryChangePasswordAsync(User user, string password, CancellationToken cancellationToken)
    {
        var hash = await passwords.HashAsync(password, cancellationToken);
        var (version, now) = (user.PasswordVersion, time.GetUtcNow().UtcDateTime);
        await using (var transaction = await context.Database.BeginTransactionAsync(cancellationToken))
        {
            var changed = await context.Users.Where(each => each.Id == user.Id && each.PasswordVersion == version && !each.IsDisabled)
                .ExecuteUpdateAsync(each => each
                    .SetProperty(entity => entity.PasswordHash, hash)
                    .SetProperty(entity => entity.PasswordVersion, version + 1)
                    .SetProperty(entity => entity.PasswordIsOneTime, false)
                    .SetProperty(entity => entity.UpdatedAt, now), cancellationToken);
            if (changed == 0)
                return false;
            await sessions.EndAllAsync(user.Id, SessionEnd.PasswordChanged, cancellationToken);
            await families.RevokeAllAsync(user.Id, clientId: null, cancellationToken);
            await audit.CommitAsync(transaction, AuditEntry.ByPerson(SecurityEvent.PasswordChanged, user.Id), cancellationToken);
        }

        // Race: a code that was redeemed during the transaction may have begun a family that it did not see; from here on a code needs its
        // session.
        await families.RevokeAllAsync(user.Id, clientId: null, CancellationToken.None);
        user.PasswordVersion = version + 1;
        return true;
    }

    // Threat: no username. People type their password into the wrong field.
    private Task RecordAsync(SecurityEvent happened, User? user, string reason) =>
        audit.RecordAsync(new AuditEntry(happened, ActorKind.Anonymous) { Subject = user?.Id.ToString(), Detail = reason });

    /// <summary>Conditional: a password that was changed meanwhile is not written back.</summary>
    private async Task RehashAsync(User user, string password, CancellationToken cancellationToken)
    {
        var (old, hash) = (user.PasswordHash, await passwords.HashAsync(password, cancellationToken));
        var rehashed = await context.Users.Where(each => each.Id == user.Id && each.PasswordHash == old)
            .ExecuteUpdateAsync(each => each.SetProperty(entity => entity.PasswordHash, hash), cancellationToken);
        if (rehashed > 0)
            instruments.PasswordSet(PasswordOperation.Rehash, error: null);
    }
}
