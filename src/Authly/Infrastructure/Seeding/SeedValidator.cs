using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Protocol;
using FluentValidation;

namespace Authly.Infrastructure.Seeding;

internal sealed class SeedValidator : AbstractValidator<SeedFile>
{
    public SeedValidator()
    {
        // Places in the file are named as they stand there.
        RuleForEach(seed => seed.Clients).SetValidator(new ClientSeedValidator()).OverridePropertyName("clients");
        RuleForEach(seed => seed.Scopes).SetValidator(new ScopeSeedValidator()).OverridePropertyName("scopes");
        RuleForEach(seed => seed.Users).SetValidator(new UserSeedValidator()).OverridePropertyName("users");
        RuleForEach(seed => seed.Clients).NotNull().OverridePropertyName("clients").WithMessage(Missing);
        RuleForEach(seed => seed.Scopes).NotNull().OverridePropertyName("scopes").WithMessage(Missing);
        RuleForEach(seed => seed.Users).NotNull().OverridePropertyName("users").WithMessage(Missing);
        RuleFor(seed => seed.Clients).Must(clients => AreDistinct(clients.Select(client => client?.ClientId))).OverridePropertyName("clients").WithMessage("two have the same client_id");
        RuleFor(seed => seed.Scopes).Must(scopes => AreDistinct(scopes.Select(scope => scope?.Name))).OverridePropertyName("scopes").WithMessage("two have the same name");
        RuleFor(seed => seed.Users).Must(users => AreDistinct(users.Select(user => user is null ? null : Accounts.Accounts.Normalize(user.Username)))).OverridePropertyName("users").WithMessage("two have the same username");
        RuleFor(seed => seed.Users).Must(users => AreDistinct(users.Select(user => user?.Sub?.ToLowerInvariant()))).OverridePropertyName("users").WithMessage("two have the same sub");
    }

    private const string Missing = "must not be null";

    private static bool AreDistinct(IEnumerable<string?> names)
    {
        var list = names.Where(name => name is not null).ToList();
        return list.Count == list.Distinct(StringComparer.Ordinal).Count();
    }
}

internal sealed class ClientSeedValidator : AbstractValidator<ClientSeed>
{
    private static readonly string[] Grants = ["authorization_code", "refresh_token", "client_credentials"];
    private static readonly string[] Methods = ["client_secret_basic", "client_secret_post", "none"];
    private static readonly string[] Algorithms = ["RS256", "ES256"];

    public ClientSeedValidator()
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

internal sealed class ScopeSeedValidator : AbstractValidator<ScopeSeed>
{
    public ScopeSeedValidator()
    {
        // RFC 6749 §3.3, without the characters that would break a list.
        RuleFor(scope => scope.Name).Matches("^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}$").OverridePropertyName("name").WithMessage("must be a scope token of at most 100 characters (RFC 6749 §3.3)");
        RuleForEach(scope => scope.Resources).Must(resource => resource is { Length: <= 200 } && Uri.TryCreate(resource, UriKind.Absolute, out var uri) && resource.StartsWith($"{uri.Scheme}:", StringComparison.OrdinalIgnoreCase) && uri.Fragment.Length == 0)
            .OverridePropertyName("resources").WithMessage("must be an absolute URI without a fragment (RFC 8707 §2)");
    }
}

internal sealed class UserSeedValidator : AbstractValidator<UserSeed>
{
    public UserSeedValidator()
    {
        RuleFor(user => user.Username).Must(name => name.Trim().Length is > 0 and <= Accounts.Accounts.MaximumUsernameLength && !name.Any(char.IsControl))
            .OverridePropertyName("username").WithMessage($"must be 1 to {Accounts.Accounts.MaximumUsernameLength} characters");
        RuleFor(user => user.Password).Length(Accounts.Accounts.MinimumPasswordLength, Accounts.Accounts.MaximumPasswordLength)
            .OverridePropertyName("password").WithMessage($"must be at least {Accounts.Accounts.MinimumPasswordLength} characters");
        RuleFor(user => user.Sub).Must(sub => sub is null || Guid.TryParse(sub, out _)).OverridePropertyName("sub").WithMessage("must be a UUID");
        RuleFor(user => user.Claims).Custom((claims, context) =>
        {
            foreach (var (name, value) in claims ?? [])
            {
                if (!StandardClaims.All.Contains(name))
                    context.AddFailure(name, "is not a standard claim (OpenID Connect Core §5.1)");
                else if (!HasKind(name, value))
                    context.AddFailure(name, "has the wrong type");
            }
        });
    }

    private static bool HasKind(string claim, JsonNode? value) => (claim, value?.GetValueKind()) switch
    {
        ("email_verified" or "phone_number_verified", JsonValueKind.True or JsonValueKind.False) => true,
        ("email_verified" or "phone_number_verified" or "updated_at" or "address", _) => (claim, value?.GetValueKind()) is ("updated_at", JsonValueKind.Number) or ("address", JsonValueKind.Object),
        (_, JsonValueKind.String) => true,
        _ => false,
    };
}
