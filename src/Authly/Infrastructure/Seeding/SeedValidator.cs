using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Protocol;
using FluentValidation;

namespace Authly.Infrastructure.Seeding;

internal sealed class SeedValidator : AbstractValidator<SeedFile>
{
    public SeedValidator()
    {
        // Places in the file are named as they stand there.
        RuleForEach(seed => seed.Clients).SetValidator(new ClientMetadataValidator()).OverridePropertyName("clients");
        RuleForEach(seed => seed.Scopes).SetValidator(new ScopeMetadataValidator()).OverridePropertyName("scopes");
        RuleForEach(seed => seed.Users).SetValidator(new UserSeedValidator()).OverridePropertyName("users");
        RuleForEach(seed => seed.Clients).NotNull().OverridePropertyName("clients").WithMessage(Missing);
        RuleForEach(seed => seed.Scopes).NotNull().OverridePropertyName("scopes").WithMessage(Missing);
        RuleForEach(seed => seed.Users).NotNull().OverridePropertyName("users").WithMessage(Missing);
        RuleFor(seed => seed.Clients).Must(clients => AreDistinct(clients.Select(client => client?.ClientId))).OverridePropertyName("clients").WithMessage("two have the same client_id");
        RuleFor(seed => seed.Scopes).Must(scopes => AreDistinct(scopes.Select(scope => scope?.Name))).OverridePropertyName("scopes").WithMessage("two have the same name");
        RuleFor(seed => seed.Users).Must(users => AreDistinct(users.Select(user => user is null ? null : UserAccounts.Normalize(user.Username)))).OverridePropertyName("users").WithMessage("two have the same username");
        RuleFor(seed => seed.Users).Must(users => AreDistinct(users.Select(user => user?.Sub?.ToLowerInvariant()))).OverridePropertyName("users").WithMessage("two have the same sub");
    }

    private const string Missing = "must not be null";

    private static bool AreDistinct(IEnumerable<string?> names)
    {
        var list = names.Where(name => name is not null).ToList();
        return list.Count == list.Distinct(StringComparer.Ordinal).Count();
    }
}

internal sealed class UserSeedValidator : AbstractValidator<UserSeed>
{
    public UserSeedValidator()
    {
        RuleFor(user => user.Username).Must(name => name.Trim().Length is > 0 and <= UserAccounts.MaximumUsernameLength && !name.Any(char.IsControl))
            .OverridePropertyName("username").WithMessage($"must be 1 to {UserAccounts.MaximumUsernameLength} characters");
        RuleFor(user => user.Password).Length(UserAccounts.MinimumPasswordLength, UserAccounts.MaximumPasswordLength)
            .OverridePropertyName("password").WithMessage($"must be at least {UserAccounts.MinimumPasswordLength} characters");
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
