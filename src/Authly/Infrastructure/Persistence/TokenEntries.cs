using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Persistence;

/// <summary>What the database knows of a token, and of the authorization that is the root of its family.</summary>
internal sealed record TokenEntry(Guid Id, string? Type, string? Status, string? ReferenceId, string? Payload, DateTime? CreatedAt, DateTime? ExpiresAt, Guid? AuthorizationId, string? FamilyStatus);

/// <summary>Reads tokens, each once in a request.</summary>
internal sealed class TokenEntries(AuthlyDbContext context)
{
    private static readonly Func<AuthlyDbContext, Guid, CancellationToken, Task<TokenEntry?>> ById = EF.CompileAsyncQuery(
        (AuthlyDbContext context, Guid id, CancellationToken _) => context.Tokens.Where(token => token.Id == id).Select(token => new TokenEntry(
            token.Id, token.Type, token.Status, token.ReferenceId, token.Payload, token.CreationDate, token.ExpirationDate,
            EF.Property<Guid?>(token, "AuthorizationId"), token.Authorization == null ? null : token.Authorization.Status)).SingleOrDefault());

    private static readonly Func<AuthlyDbContext, string, CancellationToken, Task<TokenEntry?>> ByReference = EF.CompileAsyncQuery(
        (AuthlyDbContext context, string reference, CancellationToken _) => context.Tokens.Where(token => token.ReferenceId == reference).Select(token => new TokenEntry(
            token.Id, token.Type, token.Status, token.ReferenceId, token.Payload, token.CreationDate, token.ExpirationDate,
            EF.Property<Guid?>(token, "AuthorizationId"), token.Authorization == null ? null : token.Authorization.Status)).SingleOrDefault());

    private readonly Dictionary<Guid, TokenEntry> _read = [];

    public async ValueTask<TokenEntry?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        _read.TryGetValue(id, out var entry) ? entry : Keep(await ById(context, id, cancellationToken));

    /// <param name="reference">The hash of the reference, as the entry has it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<TokenEntry?> FindByReferenceAsync(string reference, CancellationToken cancellationToken) => Keep(await ByReference(context, reference, cancellationToken));

    private TokenEntry? Keep(TokenEntry? entry)
    {
        if (entry is not null)
            _read[entry.Id] = entry;
        return entry;
    }
}
