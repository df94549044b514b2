using FluentValidation;

namespace Authly.Infrastructure.Clients;

internal sealed class ClientMetadataValidator : AbstractValidator<ClientMetadata>
{
    private static readonly string[] Grants = ["authorization_code", "refresh_token", "client_credentials"];
    private static readonly string[] Methods = ["client_secret_basic", "client_secret_post", "none"];
    private static readonly string[] Algorithms = ["RS256", "ES256"];

    public ClientMetadataValidator()
    {
        RuleFor(client => client.ClientId).Matches("^[\\x21-\\x7e]{1,100}$").OverridePropertyName("client_id").WithMessage("must be 1 to 100 visible ASCII characters");
        RuleFor(client => client.ClientSecret).NotEmpty().When(client => !client.IsPublic).OverridePropertyName("client_secret").WithMessage("is required for this token_endpoint_auth_method");
        RuleFor(client => client.ClientSecret).Null().When(client => client.IsPublic).OverridePropertyName("client_secret").WithMessage("must not be given to a client whose token_endpoint_auth_method is none");
        RuleFor(client => client.ClientSecret).Matches("^[\\x20-\\x7e]{8,512}$").When(client => client.ClientSecret is not null).OverridePropertyName("client_secret").WithMessage("must be 8 to 512 printable ASCII characters");
        RuleFor(client => client.AuthMethod).Must(Methods.Contains).OverridePropertyName("token_endpoint_auth_method").WithMessage($"must be one of {string.Join(", ", Methods)}");
        RuleForEach(client => client.GrantTypes).Must(Grants.Contains).OverridePropertyName("grant_types").WithMessage($"must be one of {string.Join(", ", Grants)}");
        RuleFor(client => client.GrantTypes).Must(grants => !grants.Contains("client_credentials")).When(client => client.IsPublic).OverridePropertyName("grant_types").WithMessage("a public client cannot have client_credentials");
        RuleForEach(client => client.ResponseTypes).Equal("code").OverridePropertyName("response_types").WithMessage("must be code");
        RuleFor(client => client.RedirectUris).NotEmpty().When(client => client.GrantTypes.Contains("authorization_code")).OverridePropertyName("redirect_uris").WithMessage("is required for the authorization_code grant");
        RuleForEach(client => client.RedirectUris).Must(IsRedirectUri).OverridePropertyName("redirect_uris").WithMessage(RedirectUriRule);
        RuleForEach(client => client.PostLogoutRedirectUris).Must(IsRedirectUri).OverridePropertyName("post_logout_redirect_uris").WithMessage(RedirectUriRule);
        RuleFor(client => client.ApplicationType).Must(type => type is "web" or "native").OverridePropertyName("application_type").WithMessage("must be web or native");
        RuleFor(client => client.IdTokenSignedResponseAlg).Must(algorithm => algorithm is null || Algorithms.Contains(algorithm)).OverridePropertyName("id_token_signed_response_alg").WithMessage("must be RS256 or ES256");
        RuleFor(client => client.SubjectType).Equal("public").OverridePropertyName("subject_type").WithMessage("must be public");
        RuleFor(client => client.RequirePkce).Equal(true).When(client => client.IsPublic).OverridePropertyName("require_pkce").WithMessage("a public client is never exempted from PKCE");
    }

    private const string RedirectUriRule =
        "must be an absolute URI without fragment or wildcard: https, http for a loopback address only, or a native application's scheme with a dot in it (RFC 8252 §7.1)";

    private static bool IsRedirectUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.OriginalString.All(character => character is > ' ' and < '\x7f' and not ('*' or '\\' or '#' or '"' or '<' or '>'))
        && uri.UserInfo.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback) || uri.Scheme.Contains('.'));
}
