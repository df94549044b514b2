using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;

namespace Authly.Features.Clients;

/// <summary>What a form says of a client; the rest of its metadata stays as it was.</summary>
public sealed record ClientFields
{
    public string? Name { get; set; }

    /// <summary>One a line.</summary>
    public string? RedirectUris { get; set; }

    /// <summary>One a line.</summary>
    public string? PostLogoutRedirectUris { get; set; }

    public string[] GrantTypes { get; set; } = [];

    public string? Scope { get; set; }

    public string? ApplicationType { get; set; }

    public bool SkipConsent { get; set; }

    internal static ClientFields Of(ClientMetadata client) => new()
    {
        Name = client.ClientName,
        RedirectUris = string.Join('\n', client.RedirectUris),
        PostLogoutRedirectUris = string.Join('\n', client.PostLogoutRedirectUris),
        GrantTypes = [.. client.GrantTypes],
        Scope = client.Scope,
        ApplicationType = client.ApplicationType,
        SkipConsent = client.SkipConsent,
    };

    internal ClientMetadata Change(ClientMetadata client) => client with
    {
        ClientName = string.IsNullOrWhiteSpace(Name) ? null : Name.Trim(),
        RedirectUris = ConsolePage.LinesOf(RedirectUris),
        PostLogoutRedirectUris = ConsolePage.LinesOf(PostLogoutRedirectUris),
        GrantTypes = GrantTypes,
        Scope = string.IsNullOrWhiteSpace(Scope) ? null : Scope.Trim(),
        ApplicationType = ApplicationType ?? client.ApplicationType,
        SkipConsent = SkipConsent,
    };
}
