using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Tokens;

/// <summary>A token's row, and the keys of the rows that it belongs to.</summary>
internal sealed record TokenRow(Token Token, Guid? ClientKey, Guid? FamilyId);

/// <summary>A family's row, and its client's key.</summary>
internal sealed record FamilyRow(Authorization Family, Guid? ClientKey);

/// <summary>
/// What one request writes: the code or refresh token that it uses up, and what it issues for it. It happens together or not at all, and
/// nothing of it is in the database before <see cref="TokenWriter"/> has written it.
/// </summary>
internal sealed class TokenWrite
{
    public Guid? Redeems { get; set; }

    /// <summary>The refresh token that takes the place of the one that is redeemed.</summary>
    public Guid? Successor { get; set; }

    public FamilyRow? Family { get; set; }

    /// <summary>The audit log's row of the grant; null where that has none.</summary>
    public AuditEvent? Audit { get; set; }

    public List<TokenRow> Tokens { get; } = [];
}
