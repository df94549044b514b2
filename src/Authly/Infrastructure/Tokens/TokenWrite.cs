using Authorization = OpenIddict.EntityFrameworkCore.Models.OpenIddictEntityFrameworkCoreAuthorization<System.Guid>;
using Token = OpenIddict.EntityFrameworkCore.Models.OpenIddictEntityFrameworkCoreToken<System.Guid>;

namespace Authly.Infrastructure.Tokens;

/// <summary>A token's row, and the keys of the rows that it belongs to.</summary>
internal sealed record TokenRow(Token Token, Guid? ApplicationId, Guid? AuthorizationId);

/// <summary>An authorization's row, and its client's key.</summary>
internal sealed record AuthorizationRow(Authorization Authorization, Guid? ApplicationId);

/// <summary>
/// What one request writes: the code or refresh token that it uses up, and what it issues for it. It happens together or not at all, and nothing of it is in the
/// database before <see cref="TokenWriter"/> has written it.
/// </summary>
internal sealed class TokenWrite
{
    public Guid? Redeems { get; set; }

    /// <summary>The refresh token that takes the place of the one that is redeemed: its id becomes the payload of the old one's row.</summary>
    public Guid? Successor { get; set; }

    public AuthorizationRow? Authorization { get; set; }

    public List<TokenRow> Tokens { get; } = [];
}
