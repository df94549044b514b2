using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Protocol;

namespace Authly.Features.Clients;

/// <summary>What a form says of a client; the rest of its metadata stays as it was.</summary>
public sealed record ClientFields
{
    /// <summary>That the form was sent. MVC makes one of nothing, too, which would say that the client has nothing.</summary>
    public bool IsSent { get; set; }

    public string? Name { get; set; }

    /// <summary>One a line.</summary>
    public string? RedirectUris { get; set; }

    /// <summary>One a line.</summary>
    public string? PostLogoutRedirectUris { get; set; }

    public string[] GrantTypes { get; set; } = [];

    public string? Scope { get; set; }

    public string? ApplicationType { get; set; }

    public bool SkipConsent { get; set; }

    private static readonly Refusal NotSent = Refusal.Invalid("The client's form was not sent whole.");

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

    /// <exception cref="RefusedException">The form was not sent: 400.</exception>
    internal ClientMetadata Change(ClientMetadata client) => !IsSent ? throw new RefusedException(NotSent) : client with
    {
        ClientName = Name?.Trim(),
        RedirectUris = ConsolePage.LinesOf(RedirectUris),
        PostLogoutRedirectUris = ConsolePage.LinesOf(PostLogoutRedirectUris),
        GrantTypes = GrantTypes,
        Scope = (Scope ?? "").Trim(),
        ApplicationType = ApplicationType ?? client.ApplicationType,
        SkipConsent = SkipConsent,
    };
}
