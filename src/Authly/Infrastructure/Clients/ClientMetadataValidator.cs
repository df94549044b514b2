using Authly.Infrastructure.Mediation;
using FluentValidation;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Clients;

/// <summary>What a client's metadata may be. Faults name the member as it stands in JSON.</summary>
internal sealed class ClientMetadataValidator : AbstractValidator<ClientMetadata>
{
    public static readonly IReadOnlyList<string> AuthMethods =
        [ClientAuthenticationMethods.ClientSecretBasic, ClientAuthenticationMethods.ClientSecretPost, ClientAuthenticationMethods.None];

    private static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256];
    private static readonly string[] ClientKinds = [ClientTypes.Confidential, ClientTypes.Public];
    private static readonly string[] Types = [ApplicationTypes.Web, ApplicationTypes.Native];
    private static readonly string[] AllGrants = [.. Declared.Grants.Select(grant => grant.Declaration.Type)];
    private static readonly string[] ResponseTypes =
        [.. Declared.Grants.Select(grant => grant.Declaration.ResponseType).OfType<string>().Distinct()];

    private static readonly string[] BrowserSchemes =
    [
        "about", "blob", "chrome", "content", "data", "file", "filesystem", "ftp", "http", "https", "intent", "jar", "javascript", "mailto",
        "resource", "sms", "tel", "urn", "vbscript", "view-source", "ws", "wss",
    ];

    private const int MostGraceSeconds = 30 * 60;

    private const string RedirectUriRule =
        "must be an absolute URI without fragment or wildcard: https, http for a loopback address only, "
        + "or a native application's scheme with a dot in it (RFC 8252 §7.1) or named in private_use_schemes";

    public ClientMetadataValidator()
    {
        RuleFor(client => client.ClientId).Matches("^[\\x21-\\x7e]{1,100}$").OverridePropertyName("client_id")
            .WithMessage("must be 1 to 100 visible ASCII characters");
        RuleFor(client => client.ClientSecret).Null().When(client => client.IsPublic).OverridePropertyName("client_secret")
            .WithMessage("must not be given to a client whose token_endpoint_auth_method is none");
        RuleFor(client => client.ClientSecret).Matches("^[\\x20-\\x7e]{8,512}$").When(client => client.ClientSecret is not null)
            .OverridePropertyName("client_secret").WithMessage("must be 8 to 512 printable ASCII characters");
        RuleFor(client => client.ClientType).Must(type => type is null || ClientKinds.Contains(type)).OverridePropertyName("client_type")
            .WithMessage(OneOf(ClientKinds));
        RuleFor(client => client.TokenEndpointAuthMethod)
            .Must((client, method) => method is null || client.IsPublic == (method == ClientAuthenticationMethods.None))
            .OverridePropertyName("token_endpoint_auth_method").WithMessage("does not go with this client_type");
        RuleFor(client => client.TokenEndpointAuthMethod).Must(method => method is null || AuthMethods.Contains(method))
            .OverridePropertyName("token_endpoint_auth_method")
            .WithMessage(OneOf(AuthMethods));
        Grants();
        RuleForEach(client => client.RedirectUris).Must(IsRedirectUri).OverridePropertyName("redirect_uris").WithMessage(RedirectUriRule);
        RuleForEach(client => client.PostLogoutRedirectUris).Must(IsRedirectUri).OverridePropertyName("post_logout_redirect_uris")
            .WithMessage(RedirectUriRule);
        RuleForEach(client => client.PrivateUseSchemes).Must(IsPrivateUseScheme).OverridePropertyName("private_use_schemes")
            .WithMessage("must be the scheme of an application's own, in lower case, and none that a browser knows");
        RuleFor(client => client.ApplicationType).Must(Types.Contains).OverridePropertyName("application_type").WithMessage(OneOf(Types));
        RuleFor(client => client.IdTokenSignedResponseAlg).Must(algorithm => algorithm is null || Algorithms.Contains(algorithm))
            .OverridePropertyName("id_token_signed_response_alg").WithMessage(OneOf(Algorithms));
        RuleFor(client => client.SubjectType).Equal(SubjectTypes.Public).OverridePropertyName("subject_type").WithMessage("must be public");
        RuleFor(client => client.RequirePkce).Equal(true).When(client => client.IsPublic).OverridePropertyName("require_pkce")
            .WithMessage("a public client is never exempted from PKCE");
        RuleFor(client => client.RequireNonce).Equal(true).When(client => client.RequirePkce).OverridePropertyName("require_nonce")
            .WithMessage("has a meaning only where require_pkce is false");
        RuleFor(client => client.RefreshTokenGrace).InclusiveBetween(0, MostGraceSeconds).OverridePropertyName("refresh_token_grace")
            .WithMessage($"must be 0 to {MostGraceSeconds} seconds");
        RuleForEach(client => client.Resources).Must(ScopeMetadataValidator.IsResource).OverridePropertyName("resources")
            .WithMessage(ScopeMetadataValidator.ResourceRule);
    }

    private void Grants()
    {
        RuleForEach(client => client.GrantTypes).Must(AllGrants.Contains).OverridePropertyName("grant_types").WithMessage(OneOf(AllGrants));
        RuleForEach(client => client.GrantTypes).Must(grant => Declared.Grant(grant) is not { Declaration.IsForPublicClients: false })
            .When(client => client.IsPublic).OverridePropertyName("grant_types").WithMessage("a public client cannot have {PropertyValue}");
        RuleForEach(client => client.ResponseTypes).Must(ResponseTypes.Contains).OverridePropertyName("response_types")
            .WithMessage(OneOf(ResponseTypes));
        RuleFor(client => client.RedirectUris).NotEmpty()
            .When(client => client.GrantTypes.Any(grant => Declared.Grant(grant) is { Declaration.ResponseType: not null }))
            .OverridePropertyName("redirect_uris").WithMessage("is required for a grant that begins at the authorization endpoint");
    }

    private static string OneOf(IReadOnlyCollection<string> values) =>
        values.Count == 1 ? $"must be {values.First()}" : $"must be one of {string.Join(", ", values)}";

    private static bool IsRedirectUri(ClientMetadata client, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.OriginalString.All(character => character is > ' ' and < '\x7f' and not ('*' or '\\' or '#' or '"' or '<' or '>'))
        && uri.UserInfo.Length == 0
        // The answer says its own there (RFC 9207 §2), and OpenIddict refuses it as well.
        && !uri.Query.Replace('?', '&').Contains("&iss=", StringComparison.OrdinalIgnoreCase)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback) || uri.Scheme.Contains('.')
            || client.PrivateUseSchemes.Contains(uri.Scheme));

    // RFC 3986 §3.1. Threat: a browser runs or shows what some of its own schemes hold, in the name of whoever wrote it.
    private static bool IsPrivateUseScheme(string scheme) =>
        scheme is { Length: > 1 and <= 50 } && char.IsAsciiLetterLower(scheme[0])
        && scheme.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '+' or '-' or '.')
        && !BrowserSchemes.Contains(scheme);
}

internal static class ClientMetadataRules
{
    /// <summary>For a request that holds a client's metadata: faults name the member, not where the request has it.</summary>
    public static void IsValidMetadata<T>(this IRuleBuilderInitial<T, ClientMetadata> rule) => rule.Custom((client, context) =>
    {
        foreach (var failure in new ClientMetadataValidator().Validate(client).Errors)
            context.AddFailure(failure.PropertyName, $"{failure.PropertyName} {failure.ErrorMessage}.");
    });
}
