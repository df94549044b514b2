using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Protocol;

/// <summary>Which claims a scope asks for. OpenID Connect Core §5.4.</summary>
internal static class StandardClaims
{
    private static readonly Dictionary<string, string[]> ByScope = new()
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

    public static IEnumerable<string> All => ByScope.Values.SelectMany(claims => claims);

    public static IEnumerable<string> Of(string scope) => ByScope.GetValueOrDefault(scope, []);

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
