using System.Collections.Immutable;
using System.Globalization;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// What a registration says beyond what OpenIddict has a place for: the names of its settings, which are the metadata's, and their reading.
/// </summary>
internal static class ClientSettings
{
    /// <summary>The method that the client must authenticate by (RFC 7591 §2); without, it may do as it likes.</summary>
    public const string AuthMethod = "token_endpoint_auth_method";

    /// <summary>The algorithm of its id tokens (OpenID Connect Registration §2); without, it is RS256.</summary>
    public const string IdTokenAlgorithm = "id_token_signed_response_alg";

    /// <summary>The resources that the client serves itself, separated by spaces.</summary>
    public const string Resources = "resources";

    /// <summary>Whether its id tokens hold the claims of the granted scopes.</summary>
    public const string ClaimsInIdToken = "claims_in_id_token";

    /// <summary>Seconds for which a used refresh token still stands for its successor.</summary>
    public const string RefreshTokenGrace = "refresh_token_grace";

    /// <summary>Whether a code without PKCE must have a nonce.</summary>
    public const string RequireNonce = "require_nonce";

    /// <summary>Whether a refresh token needs the scope <c>offline_access</c>.</summary>
    public const string RequireOfflineAccess = "require_offline_access";

    /// <summary>What is kept of the secret before the current one, which is good beside it for a while.</summary>
    public const string PreviousSecret = "previous_client_secret";

    /// <summary>Until when it is good, in seconds since 1970.</summary>
    public const string PreviousSecretUntil = "previous_client_secret_until";

    /// <summary>The schemes of its redirect URIs that have no dot, separated by spaces.</summary>
    public const string PrivateUseSchemes = "private_use_schemes";

    public static bool Is(this ImmutableDictionary<string, string> settings, string name, bool otherwise) =>
        settings.TryGetValue(name, out var value) ? bool.Parse(value) : otherwise;

    public static IReadOnlyList<string> List(this ImmutableDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out var value) ? value.Split(' ') : [];

    public static TimeSpan? Seconds(this ImmutableDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out var value) ? TimeSpan.FromSeconds(int.Parse(value, CultureInfo.InvariantCulture)) : null;
}
