using System.Text.Json.Serialization;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// What a client is, in the metadata names of RFC 7591 §2 and OpenID Connect Registration §2, and two of our own at the end. Whoever makes
/// a client says it in these: the seed file, administration, registration.
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

    /// <summary>False exempts a confidential client that sends a nonce from PKCE (OAuth 2.1 §7.5.1).</summary>
    public bool RequirePkce { get; init; } = true;

    /// <summary>True for a first-party client, which people are not asked about.</summary>
    public bool SkipConsent { get; init; }

    /// <summary>The method that the client must use.</summary>
    [JsonIgnore]
    public string AuthMethod =>
        TokenEndpointAuthMethod
            ?? (ClientSecret is null ? ClientAuthenticationMethods.None : ClientAuthenticationMethods.ClientSecretBasic);

    [JsonIgnore]
    public bool IsPublic => AuthMethod == ClientAuthenticationMethods.None;
}
