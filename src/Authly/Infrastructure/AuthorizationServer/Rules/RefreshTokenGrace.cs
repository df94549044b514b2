using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Two tabs that refresh at once, or an answer that got lost, are no theft: for <see cref="LifetimeOptions.RefreshTokenGrace"/> a used
/// refresh token stands for the one that replaced it, for as long as that has not been used itself. It is off unless it is set: whoever
/// copies a token gains the same time (RFC 9700 §4.14.2).
/// </summary>
internal sealed class RefreshTokenGrace(TokenReader reader, AuthlyOptions options, TimeProvider time)
{
    public bool Covers(TokenEntry? token) => options.Lifetimes.RefreshTokenGrace > TimeSpan.Zero
        && token is
        {
            Type: TokenTypeIdentifiers.RefreshToken, Status: Statuses.Redeemed, FamilyStatus: Statuses.Valid,
            RedeemedAt: { } redeemed
        }
        && time.GetUtcNow().UtcDateTime - redeemed < options.Lifetimes.RefreshTokenGrace;

    /// <summary>The id of the unused token that replaced this one; null where grace does not cover it.</summary>
    public async Task<Guid?> FindSuccessorAsync(TokenEntry? token) =>
        Covers(token) && token!.SuccessorId is { } id
            && await reader.ReadAsync(new TokenKey(id, Reference: null)) is { Status: Statuses.Valid } ? id : null;
}
