using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

/// <summary>In which form a token is given out.</summary>
internal enum ReferenceForm
{
    /// <summary>As it is: it says what it is good for.</summary>
    None,

    /// <summary>256 random bits; what they stand for is in the row, found by their hash.</summary>
    Random,
}

/// <summary>How one kind of token is issued, validated, redeemed and revoked.</summary>
/// <param name="Kind">Its name as a metric's label.</param>
/// <param name="Type">OpenIddict's name of the type.</param>
internal sealed record TokenKindRow(TokenKind Kind, string Type)
{
    /// <summary>The status that a new row has; null for a kind that has no row and so is never looked up.</summary>
    public string? FirstStatus { get; init; }

    public ReferenceForm Reference { get; init; }

    /// <summary>The grant that uses it up; null for a kind that is good for any number of uses.</summary>
    public string? RedeemedBy { get; init; }

    /// <summary>
    /// What to report when a used one comes back where it is redeemed, and its family ends (RFC 9700 §4.14.2); null where a replay ends
    /// nothing.
    /// </summary>
    public SecurityEvent? Replay { get; init; }

    /// <summary>Whether revoking it ends its family, too (RFC 7009 §2.1); else it goes alone.</summary>
    public bool StandsForItsFamily { get; init; }

    /// <summary>Whether one that speaks for a person is good only while the account is active.</summary>
    public bool ChecksAccount { get; init; }
}

/// <summary>
/// The table of token kinds. A flow that is enabled and whose kinds have no row here stops the start: Authly replaces OpenIddict's handlers
/// of tokens, and they would treat such a token as any other.
/// </summary>
internal static class TokenKinds
{
    public static IReadOnlyList<TokenKindRow> Table { get; } =
    [
        new(TokenKind.Access, TokenTypeIdentifiers.AccessToken) { FirstStatus = Statuses.Valid, ChecksAccount = true },
        new(TokenKind.Refresh, TokenTypeIdentifiers.RefreshToken)
        {
            FirstStatus = Statuses.Valid, RedeemedBy = GrantTypes.RefreshToken, Replay = SecurityEvent.RefreshTokenReuse,
                StandsForItsFamily = true, ChecksAccount = true,
        },
        // Nobody can use an id token up: as a hint it proves who was signed in, whatever became of the tokens beside it.
        new(TokenKind.Id, TokenTypeIdentifiers.IdentityToken),
        new(TokenKind.Code, TokenTypeIdentifiers.Private.AuthorizationCode)
        {
            FirstStatus = Statuses.Valid, Reference = ReferenceForm.Random, RedeemedBy = GrantTypes.AuthorizationCode,
                Replay = SecurityEvent.CodeReplay, ChecksAccount = true,
        },
    ];

    /// <summary>The row of a type; null for one that the table does not know.</summary>
    public static TokenKindRow? Find(string? type)
    {
        foreach (var row in Table)
        {
            if (row.Type == type)
                return row;
        }

        return null;
    }

    /// <summary>The row of a type that only an enabled flow can have made.</summary>
    public static TokenKindRow Of(string? type) =>
        Find(type) ?? throw new InvalidOperationException($"There is no row for tokens of the type {type}.");

    /// <summary>The kind as a label.</summary>
    public static TokenKind KindOf(string? type) => Find(type)?.Kind ?? TokenKind.Other;

    /// <summary>The types that the enabled flows issue or accept and that have no row.</summary>
    public static IEnumerable<string> MissingFor(OpenIddictServerOptions options) =>
        Needed(options).Where(type => Find(type) is null).Distinct();

    private static IEnumerable<string> Needed(OpenIddictServerOptions options)
    {
        if (options.TokenEndpointUris.Count > 0)
            yield return TokenTypeIdentifiers.AccessToken;
        if (options.GrantTypes.Contains(GrantTypes.AuthorizationCode))
        {
            yield return TokenTypeIdentifiers.Private.AuthorizationCode;
            yield return TokenTypeIdentifiers.IdentityToken;
        }

        if (options.GrantTypes.Contains(GrantTypes.RefreshToken))
            yield return TokenTypeIdentifiers.RefreshToken;
        if (options.GrantTypes.Contains(GrantTypes.DeviceCode) || options.DeviceAuthorizationEndpointUris.Count > 0)
        {
            yield return TokenTypeIdentifiers.Private.DeviceCode;
            yield return TokenTypeIdentifiers.Private.UserCode;
        }

        if (options.PushedAuthorizationEndpointUris.Count > 0)
            yield return TokenTypeIdentifiers.Private.RequestToken;
        if (options.ClientAuthenticationMethods.Contains(ClientAuthenticationMethods.PrivateKeyJwt))
            yield return TokenTypeIdentifiers.Private.ClientAssertion;
    }
}
