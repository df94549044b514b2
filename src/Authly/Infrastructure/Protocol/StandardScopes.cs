using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Protocol;

/// <summary>
/// The scopes that OpenID Connect itself defines and <c>groups</c>, and which claims each asks for. OpenID Connect Core §5.4, §11.
/// </summary>
internal static class StandardScopes
{
    private static readonly Dictionary<string, string[]> ClaimsByScope = new()
    {
        [Scopes.Profile] =
        [
            Claims.Name, Claims.FamilyName, Claims.GivenName, Claims.MiddleName, Claims.Nickname, Claims.PreferredUsername, Claims.Profile,
            Claims.Picture, Claims.Website, Claims.Gender, Claims.Birthdate, Claims.Zoneinfo, Claims.Locale, Claims.UpdatedAt,
        ],
        [Scopes.Email] = [Claims.Email, Claims.EmailVerified],
        [Scopes.Address] = [Claims.Address],
        [Scopes.Phone] = [Claims.PhoneNumber, Claims.PhoneNumberVerified],
        [Groups] = [Groups],
    };

    /// <summary>The scope that everybody who maps roles asks for, and its claim.</summary>
    public const string Groups = "groups";

    // What the protocol itself says in tokens (RFC 7519 §4.1, RFC 9068 §2.2, OpenID Connect Core §2) is nobody's attribute.
    private static readonly HashSet<string> OfTheProtocol =
    [
        Claims.Subject, Claims.Issuer, Claims.Audience, Claims.ExpiresAt, Claims.IssuedAt, Claims.NotBefore, Claims.JwtId, Claims.ClientId,
        Claims.AuthorizedParty, Claims.Nonce, Claims.Scope, Claims.AuthenticationTime, Claims.AuthenticationContextReference,
        Claims.AuthenticationMethodReference, Claims.AccessTokenHash, Claims.CodeHash, SessionClaims.Id, "act", "may_act", "cnf", "events",
        Claims.Active, Claims.Username, Claims.TokenType,
    ];

    public static IReadOnlyList<string> All { get; } =
        [Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.Address, Scopes.Phone, Scopes.OfflineAccess, Groups];

    /// <summary>Whether a claim may be a person's attribute.</summary>
    public static bool IsForPeople(string claim) =>
        claim is { Length: > 0 and <= 100 } && !OfTheProtocol.Contains(claim) && !claim.StartsWith("oi_", StringComparison.Ordinal)
        && claim.All(character => character is > ' ' and < '\x7f');

    /// <summary>The claims of all of them, which are a person's.</summary>
    public static IEnumerable<string> AllClaims => ClaimsByScope.Values.SelectMany(claims => claims);

    public static IEnumerable<string> ClaimsOf(string scope) => ClaimsByScope.GetValueOrDefault(scope, []);

    /// <summary>What a scope means to a person who is asked for it.</summary>
    public static string? Describe(string scope) => scope switch
    {
        Scopes.OpenId => "Know who you are",
        Scopes.Profile => "See your profile: name, picture, locale",
        Scopes.Email => "See your email address",
        Scopes.Address => "See your postal address",
        Scopes.Phone => "See your phone number",
        Groups => "See which groups you are in",
        Scopes.OfflineAccess => "Keep access while you are away",
        _ => null,
    };
}
