using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Protocol;

/// <summary>The scopes that OpenID Connect itself defines, and which claims each asks for. OpenID Connect Core §5.4, §11.</summary>
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
    };

    public static IReadOnlyList<string> All { get; } =
        [Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.Address, Scopes.Phone, Scopes.OfflineAccess];

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
        Scopes.OfflineAccess => "Keep access while you are away",
        _ => null,
    };
}
