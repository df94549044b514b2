using System.Text.Json.Serialization;

namespace Authly.Infrastructure.Clients;

/// <summary>A client, in the metadata names of RFC 7591 and OpenID Connect Registration, and three of our own at the end.</summary>
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

    public string? Scope { get; init; }

    public string ApplicationType { get; init; } = "web";

    public string? IdTokenSignedResponseAlg { get; init; }

    public string SubjectType { get; init; } = "public";

    public string? ClientUri { get; init; }

    public string? LogoUri { get; init; }

    public string? PolicyUri { get; init; }

    public string? TosUri { get; init; }

    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>False exempts a confidential client that sends a nonce from PKCE (OAuth 2.1 §7.5.1).</summary>
    public bool RequirePkce { get; init; } = true;

    /// <summary>True for a first-party client, which people are not asked about.</summary>
    public bool SkipConsent { get; init; }

    [JsonIgnore]
    public string AuthMethod => TokenEndpointAuthMethod ?? (ClientSecret is null ? "none" : "client_secret_basic");

    [JsonIgnore]
    public bool IsPublic => AuthMethod == "none";
}
