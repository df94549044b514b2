using System.Text.Json.Serialization;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// What a client is, in the metadata names of RFC 7591 §2 and OpenID Connect Registration §2, and those of our own at the end. Whoever
/// makes a client says it in these: the seed file, administration, registration.
/// </summary>
internal sealed record ClientMetadata
{
    public string ClientId { get; init; } = "";

    public string? ClientSecret { get; init; }

    public string? ClientName { get; init; }

    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    public IReadOnlyList<string> PostLogoutRedirectUris { get; init; } = [];

    public IReadOnlyList<string> GrantTypes { get; init; } = ["authorization_code"];

    public IReadOnlyList<string> ResponseTypes { get; init; } = ["code"];

    public string? TokenEndpointAuthMethod { get; init; }

    /// <summary>What the client may ask for, separated by spaces; OpenID Connect's own scopes when it is not given.</summary>
    public string? Scope { get; init; }

    public string ApplicationType { get; init; } = ApplicationTypes.Web;

    public string? IdTokenSignedResponseAlg { get; init; }

    public string SubjectType { get; init; } = SubjectTypes.Public;

    public string? ClientUri { get; init; }

    public string? LogoUri { get; init; }

    public string? PolicyUri { get; init; }

    public string? TosUri { get; init; }

    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>
    /// The APIs that the client serves itself (RFC 8707 §2): it may introspect the tokens that are meant for them.
    /// </summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>False exempts a confidential client that sends a nonce from PKCE (OAuth 2.1 §7.5.1).</summary>
    public bool RequirePkce { get; init; } = true;

    /// <summary>
    /// False, beside <see cref="RequirePkce"/> false, exempts one that can send neither: nothing but its secret then binds a code to it.
    /// </summary>
    public bool RequireNonce { get; init; } = true;

    /// <summary>True for a client that reads nothing but the id token: it holds the granted scopes' claims too.</summary>
    public bool ClaimsInIdToken { get; init; }

    /// <summary>
    /// Seconds for which a used refresh token still stands for its successor, 1,800 at most; <c>Authly:Lifetimes:RefreshTokenGrace</c> when
    /// it is not given, and 30 for a public native client.
    /// </summary>
    public int? RefreshTokenGrace { get; init; }

    /// <summary>False gives a refresh token without the scope <c>offline_access</c> too.</summary>
    public bool RequireOfflineAccess { get; init; } = true;

    /// <summary>Schemes of redirect URIs that have no dot in them, as some applications insist on.</summary>
    public IReadOnlyList<string> PrivateUseSchemes { get; init; } = [];

    /// <summary>True for a first-party client, which people are not asked about.</summary>
    public bool SkipConsent { get; init; }

    /// <summary>True for one that is as if it did not exist, with all its tokens inactive, until that is taken back.</summary>
    public bool Disabled { get; init; }

    /// <summary>
    /// RFC 6749 §2.1: <c>public</c> or <c>confidential</c>. Where it is not given, the method and the secret say it.
    /// </summary>
    public string? ClientType { get; init; }

    /// <summary>The first of its scopes that there is not: not a standard one, of the administration or registered.</summary>
    public string? UnknownScope(IReadOnlyCollection<string> registered) =>
        Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(scope =>
                !StandardScopes.All.Contains(scope) && !AdminScopes.All.ContainsKey(scope) && !registered.Contains(scope));

    /// <summary>With its type, which is confidential unless its method says else (RFC 7591 §2).</summary>
    public ClientMetadata WithType() => ClientType is not null ? this : this with
    {
        ClientType = TokenEndpointAuthMethod == ClientAuthenticationMethods.None ? ClientTypes.Public : ClientTypes.Confidential,
    };

    [JsonIgnore]
    public bool IsPublic => ClientType is not null ? ClientType == ClientTypes.Public
        : TokenEndpointAuthMethod is null ? ClientSecret is null : TokenEndpointAuthMethod == ClientAuthenticationMethods.None;
}
