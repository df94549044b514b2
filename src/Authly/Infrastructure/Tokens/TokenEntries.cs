namespace Authly.Infrastructure.Tokens;

/// <summary>What the database knows of a token, and of the authorization that is the root of its family.</summary>
internal sealed record TokenEntry(Guid Id)
{
    public string? Type { get; init; }

    public string? Status { get; init; }

    /// <summary>The hash of the reference that stands for it; null where it is given out as it is.</summary>
    public string? ReferenceId { get; init; }

    /// <summary>What a reference stands for.</summary>
    public string? Payload { get; init; }

    public DateTime? CreatedAt { get; init; }

    public DateTime? ExpiresAt { get; init; }

    public DateTime? RedeemedAt { get; init; }

    /// <summary>The refresh token that took its place.</summary>
    public Guid? SuccessorId { get; init; }

    public Guid? FamilyId { get; init; }

    public string? FamilyStatus { get; init; }

    /// <summary>The person's session that the family was granted in.</summary>
    public Guid? SessionId { get; init; }

    /// <summary>What the parameter <c>claims</c> asked for when the family was granted.</summary>
    public string? RequestedClaims { get; init; }
}

/// <summary>A token by its id, or by the hash of the reference that stands for it.</summary>
internal readonly record struct TokenKey(Guid? Id, string? Reference);

/// <summary>Reads tokens, each once in a request.</summary>
internal sealed class TokenEntries(TokenReader reader)
{
    private readonly Dictionary<Guid, TokenEntry> _read = [];

    public async ValueTask<TokenEntry?> FindAsync(Guid id) =>
        _read.TryGetValue(id, out var entry) ? entry : Keep(await reader.ReadAsync(new TokenKey(id, Reference: null)));

    /// <param name="reference">The hash of the reference, as the entry has it.</param>
    public async ValueTask<TokenEntry?> FindByReferenceAsync(string reference) =>
        Keep(await reader.ReadAsync(new TokenKey(Id: null, reference)));

    private TokenEntry? Keep(TokenEntry? entry)
    {
        if (entry is not null)
            _read[entry.Id] = entry;
        return entry;
    }
}
