using System.CommandLine;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.Clients;

/// <summary>What the command line can say of a client, where it is made and where it is changed.</summary>
internal sealed class ClientOptions(VerbBuilder verb)
{
    private readonly Option<string?> _name = verb.Option<string?>("--name", "What people are shown.");

    private readonly Option<string[]> _redirectUris =
        verb.Option<string[]>("--redirect-uri", "Where people come back to from the sign-in; repeatable.");

    private readonly Option<string[]> _postLogoutRedirectUris =
        verb.Option<string[]>("--post-logout-redirect-uri", "Where they come back to from a sign-out; repeatable.");

    private readonly Option<string[]> _grantTypes =
        verb.Option<string[]>("--grant-type", "As in client_credentials; authorization_code unless given; repeatable.");

    private readonly Option<string?> _scope =
        verb.Option<string?>("--scope", "What it may ask for, separated by spaces; OpenID Connect's own unless given.");

    private readonly Option<bool?> _isNative = verb.Option<bool?>("--native", "It is installed on people's devices (RFC 8252).");

    private readonly Option<bool?> _skipConsent = verb.Option<bool?>("--skip-consent", "It is first-party: people are not asked.");

    /// <summary>The client with what was typed; all else as it was.</summary>
    public ClientMetadata Change(ClientMetadata client, ParseResult input) => client with
    {
        ClientName = input.GetValue(_name) is { } name ? name.Length > 0 ? name : null : client.ClientName,
        RedirectUris = Given(_redirectUris, input) ?? client.RedirectUris,
        PostLogoutRedirectUris = Given(_postLogoutRedirectUris, input) ?? client.PostLogoutRedirectUris,
        GrantTypes = Given(_grantTypes, input) ?? client.GrantTypes,
        Scope = input.GetValue(_scope) ?? client.Scope,
        ApplicationType = input.GetValue(_isNative) is not { } isNative ? client.ApplicationType
            : isNative ? ApplicationTypes.Native : ApplicationTypes.Web,
        SkipConsent = input.GetValue(_skipConsent) ?? client.SkipConsent,
    };

    private static string[]? Given(Option<string[]> option, ParseResult input) =>
        input.GetValue(option) is { Length: > 0 } given ? given : null;
}
