using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Keys;

/// <summary>
/// Writes all keys in the database anew under the current key-encryption key, whichever of those that are given protects them now. Running
/// instances go on: what they have in memory stays the same.
/// </summary>
internal sealed class KeyReencryption(
    AuthlyDbContext context, AuditLog audit, Actor actor, SigningKeyMaterial material, IOptions<KeyManagementOptions> options,
    IServiceProvider services)
{
    /// <summary>How many keys were written anew, and how many cannot be read by any key that is given and stay as they are.</summary>
    public sealed record Result(int ProtectionKeys, int SigningKeys, int Unreadable);

    /// <exception cref="RefusedException">There is no key-encryption key: 409.</exception>
    public async Task<Result> RunAsync(CancellationToken cancellationToken)
    {
        var encryptor = options.Value.XmlEncryptor
            ?? throw new RefusedException(
                Refusal.Invalid("There is no key-encryption key (Authly:KeyEncryption).", StatusCodes.Status409Conflict));
        // Read and protected before the transaction: Data Protection may have to write a key of its own.
        var signing = (await context.SigningKeys.AsNoTracking().ToListAsync(cancellationToken))
            .Select(row => (Row: row, Anew: TryOr(() => material.Reprotect(row)))).ToList();
        var protection = (await context.DataProtectionKeys.AsNoTracking().ToListAsync(cancellationToken))
            .Select(row => (Row: row, Anew: TryOr(() => ProtectionKeyXml.Reencrypt(row.Xml!, encryptor, services)))).ToList();

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var (signingKeys, protectionKeys) = (0, 0);
        // Race: a row that is another one by now was written by somebody else, under a key that is current there.
        foreach (var (row, anew) in signing.Where(each => each.Anew is not null))
            signingKeys += await context.SigningKeys.Where(each => each.Id == row.Id && each.ProtectedKey == row.ProtectedKey)
                .ExecuteUpdateAsync(each => each.SetProperty(entity => entity.ProtectedKey, anew), cancellationToken);
        foreach (var (row, anew) in protection.Where(each => each.Anew is not null))
            protectionKeys += await context.DataProtectionKeys.Where(each => each.Id == row.Id && each.Xml == row.Xml)
                .ExecuteUpdateAsync(each => each.SetProperty(entity => entity.Xml, anew), cancellationToken);
        await audit.CommitAsync(transaction, actor.Did(SecurityEvent.KeysReencrypted), cancellationToken);
        return new Result(
            protectionKeys, signingKeys, signing.Count(each => each.Anew is null) + protection.Count(each => each.Anew is null));
    }

    private static string? TryOr(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception)
        {
            return null;
        }
    }
}
