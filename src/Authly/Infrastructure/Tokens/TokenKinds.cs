using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

internal static class TokenKinds
{
    /// <summary>The kind of a token by OpenIddict's name of its type.</summary>
    public static TokenKind Of(string? type) => type switch
    {
        TokenTypeIdentifiers.AccessToken => TokenKind.Access,
        TokenTypeIdentifiers.RefreshToken => TokenKind.Refresh,
        TokenTypeIdentifiers.IdentityToken => TokenKind.Id,
        TokenTypeIdentifiers.Private.AuthorizationCode => TokenKind.Code,
        _ => TokenKind.Other,
    };
}
