using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>People: who they are, and their passwords.</summary>
internal sealed class UserAccounts(AuthlyDbContext context, PasswordHasher passwords, TokenFamilies families, LiveAccounts live, Instruments instruments, TimeProvider time)
{
    public const int MinimumPasswordLength = 8;
    public const int MaximumPasswordLength = 1024;
    public const int MaximumUsernameLength = 256;

    public static string Normalize(string username) => username.Trim().ToUpperInvariant();

    public Task<User?> FindByUsernameAsync(string username, CancellationToken cancellationToken)
    {
        var normalized = Normalize(username);
        return context.Users.SingleOrDefaultAsync(user => user.NormalizedUsername == normalized, cancellationToken);
    }

    /// <summary>The person behind a <c>sub</c>; null when there is none or the account is disabled.</summary>
    public Task<User?> FindActiveAsync(string? subject, CancellationToken cancellationToken) =>
        Guid.TryParse(subject, out var id)
            ? context.Users.SingleOrDefaultAsync(user => user.Id == id && !user.IsDisabled, cancellationToken)
            : Task.FromResult<User?>(null);

    /// <summary>Whether there is a person behind a <c>sub</c> whose account is not disabled.</summary>
    public async Task<bool> IsActiveAsync(string? subject) => Guid.TryParse(subject, out var id) && await live.ContainAsync(id);

    /// <summary>The person whose password this is; nobody, and for the metrics alone why not, in the same time. Raises an outdated hash.</summary>
    public async Task<(User? User, LoginFailure? Failure)> VerifyAsync(string username, string password, CancellationToken cancellationToken)
    {
        var user = await FindByUsernameAsync(username, cancellationToken);
        var matches = await passwords.VerifyAsync(user?.PasswordHash, password, cancellationToken);
        if (user is null)
            return (null, LoginFailure.UnknownUser);
        if (!matches || user.IsDisabled)
            return (null, matches ? LoginFailure.Disabled : LoginFailure.WrongPassword);
        if (passwords.IsOutdated(user.PasswordHash))
        {
            user.PasswordHash = await passwords.HashAsync(password, cancellationToken);
            await context.SaveChangesAsync(cancellationToken);
            instruments.PasswordSet(PasswordOperation.Rehash, error: null);
        }

        return (user, null);
    }

    /// <summary>Sets a new password and ends every session and every token of the person, whoever holds them.</summary>
    public async Task ChangePasswordAsync(User user, string password, CancellationToken cancellationToken)
    {
        user.PasswordHash = await passwords.HashAsync(password, cancellationToken);
        user.PasswordIsOneTime = false;
        user.UpdatedAt = time.GetUtcNow().UtcDateTime;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        await context.Sessions.Where(session => session.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await families.RevokeAllAsync(user.Id.ToString(), clientId: null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        // A code that was redeemed during the transaction may have begun a family that it did not see; from here on a code needs its session.
        await families.RevokeAllAsync(user.Id.ToString(), clientId: null, CancellationToken.None);
    }

    public static JsonObject ClaimsOf(User user) => JsonSerializer.Deserialize<JsonObject>(user.Claims) ?? [];
}
