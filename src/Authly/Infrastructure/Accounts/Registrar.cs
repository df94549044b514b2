using System.Security.Cryptography;
using System.Text.Json;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>A password that must be replaced at the first sign-in; told once and kept as its hash.</summary>
internal sealed record OneTimePassword(Guid Sub, string Username, string Password)
{
    // No letters or digits that look alike.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>Eighty random bits in four groups.</summary>
    public static string Generate() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
}

/// <summary>Makes and changes accounts for whoever administers them.</summary>
internal sealed class Registrar(
    AuthlyDbContext context, PasswordHasher passwords, Sessions sessions, TokenFamilies families, Administrators administrators,
    AuditLog audit, Actor actor, TimeProvider time)
{
    private static readonly Refusal Exists = Refusal.Invalid("Somebody has that username already.", StatusCodes.Status409Conflict);

    /// <exception cref="RefusedException">Somebody has the name: 409.</exception>
    public async Task<OneTimePassword> CreateAsync(
        string username, bool isAdministrator, IReadOnlyList<string> groups, CancellationToken cancellationToken)
    {
        if (isAdministrator)
            actor.RequireForAdministrators();
        var (password, now) = (OneTimePassword.Generate(), time.GetUtcNow().UtcDateTime);
        var hash = await passwords.HashAsync(password, cancellationToken);
        var normalized = UserAccounts.Normalize(username);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Users.AnyAsync(each => each.NormalizedUsername == normalized, cancellationToken))
            throw new RefusedException(Exists);
        var user = new User
        {
            Username = username.Trim(),
            NormalizedUsername = normalized,
            PasswordHash = hash,
            PasswordIsOneTime = true,
            IsAdministrator = isAdministrator,
            Groups = JsonSerializer.Serialize(groups.Distinct()),
            CreatedAt = now,
            UpdatedAt = now,
        };
        context.Users.Add(user);
        await context.SaveChangesAsync(cancellationToken).OrExistsAsync(Exists);
        await audit.CommitAsync(transaction, Did(SecurityEvent.PersonCreated, user), cancellationToken);
        return new OneTimePassword(user.Id, user.Username, password);
    }

    /// <exception cref="RefusedException">There is no such account: 404.</exception>
    public async Task<OneTimePassword> ResetAsync(string username, CancellationToken cancellationToken)
    {
        var password = OneTimePassword.Generate();
        var hash = await passwords.HashAsync(password, cancellationToken);
        var user = await ChangeAsync(username, SecurityEvent.PasswordReset, SessionEnd.PasswordChanged, entity =>
        {
            (entity.PasswordHash, entity.PasswordIsOneTime) = (hash, true);
            entity.PasswordVersion++;
        }, cancellationToken);
        return new OneTimePassword(user.Id, user.Username, password);
    }

    /// <exception cref="RefusedException">There is no such account: 404.</exception>
    public Task SetDisabledAsync(string username, bool isDisabled, CancellationToken cancellationToken) => ChangeAsync(
        username, isDisabled ? SecurityEvent.PersonDisabled : SecurityEvent.PersonEnabled, isDisabled ? SessionEnd.Disabled : null,
        user => user.IsDisabled = isDisabled, cancellationToken);

    /// <param name="version">The account's when it was read; null for whatever it is by now.</param>
    /// <param name="change">Of what an account is, and not of what lets it in.</param>
    /// <exception cref="RefusedException">There is no such account: 404. It is of another version: 412.</exception>
    public Task UpdateAsync(string username, string? version, Action<User> change, CancellationToken cancellationToken) =>
        ChangeAsync(username, SecurityEvent.PersonChanged, ends: null, user =>
        {
            if (version is not null && version != user.Version)
                throw new RefusedException(Refusal.Changed);
            change(user);
        }, cancellationToken);

    /// <summary>Deletes an account with its sessions, tokens and consents. What the audit log has of it stays.</summary>
    /// <exception cref="RefusedException">There is no such account: 404.</exception>
    public async Task DeleteAsync(string username, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await administrators.LockAsync([username], cancellationToken);
        var user = await UserAccounts.FindAsync(context.Users, username, cancellationToken);
        if (user.IsAdministrator)
            actor.RequireForAdministrators();
        var subject = user.Id.ToString();
        await sessions.EndAllAsync(user.Id, SessionEnd.Revoked, cancellationToken);
        await families.DeleteAllAsync(user.Id, cancellationToken);
        await context.Consents.Where(consent => consent.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await context.ActivityDays.Where(day => day.Kind == ActivityKind.Person && day.Subject == subject)
            .ExecuteDeleteAsync(cancellationToken);
        context.Users.Remove(user);
        await context.SaveChangesAsync(cancellationToken);
        if (user is { IsAdministrator: true, IsDisabled: false })
            await administrators.RequireOneAsync(cancellationToken);
        await audit.CommitAsync(transaction, Did(SecurityEvent.PersonDeleted, user), cancellationToken);
    }

    /// <summary>Ends all sessions and all tokens of a person.</summary>
    public async Task EndAccessAsync(Guid userId, SessionEnd reason, CancellationToken cancellationToken)
    {
        await sessions.EndAllAsync(userId, reason, cancellationToken);
        await families.RevokeAllAsync(userId, clientId: null, cancellationToken);
    }

    private async Task<User> ChangeAsync(
        string username, SecurityEvent happened, SessionEnd? ends, Action<User> change, CancellationToken cancellationToken)
    {
        User user;
        await using (var transaction = await context.Database.BeginTransactionAsync(cancellationToken))
        {
            await administrators.LockAsync([username], cancellationToken);
            user = await UserAccounts.FindAsync(context.Users, username, cancellationToken);
            var (wasAdministrator, administered) = (user.IsAdministrator, user.IsAdministrator && !user.IsDisabled);
            change(user);
            if (wasAdministrator || user.IsAdministrator)
                actor.RequireForAdministrators();
            user.UpdatedAt = time.GetUtcNow().UtcDateTime;
            await context.SaveChangesAsync(cancellationToken);
            if (administered && (user.IsDisabled || !user.IsAdministrator))
                await administrators.RequireOneAsync(cancellationToken);
            if (ends is { } reason)
                await EndAccessAsync(user.Id, reason, cancellationToken);
            await audit.CommitAsync(transaction, Did(happened, user), cancellationToken);
        }

        // Race: a code that was redeemed during the transaction may have begun a family that it did not see.
        if (ends is not null)
            await families.RevokeAllAsync(user.Id, clientId: null, CancellationToken.None);
        return user;
    }

    private AuditEntry Did(SecurityEvent happened, User user) => actor.Did(happened) with { Subject = user.Id.ToString() };
}
