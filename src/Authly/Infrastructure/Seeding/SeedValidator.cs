using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using FluentValidation;

namespace Authly.Infrastructure.Seeding;

/// <summary>What a seed file may hold. Faults are named by their place in the file.</summary>
internal sealed class SeedValidator : AbstractValidator<SeedFile>
{
    private const string Missing = "must not be null";

    public SeedValidator()
    {
        RuleForEach(seed => seed.Clients).SetValidator(new ClientMetadataValidator()).OverridePropertyName("clients");
        RuleForEach(seed => seed.Scopes).SetValidator(new ScopeMetadataValidator()).OverridePropertyName("scopes");
        RuleForEach(seed => seed.Users).SetValidator(new UserSeedValidator()).OverridePropertyName("users");
        RuleForEach(seed => seed.Clients).NotNull().OverridePropertyName("clients").WithMessage(Missing);
        RuleForEach(seed => seed.Scopes).NotNull().OverridePropertyName("scopes").WithMessage(Missing);
        RuleForEach(seed => seed.Users).NotNull().OverridePropertyName("users").WithMessage(Missing);
        RuleFor(seed => seed.Clients).Must(clients => AreDistinct(clients.Select(client => client?.ClientId)))
            .OverridePropertyName("clients").WithMessage("two have the same client_id");
        RuleFor(seed => seed.Scopes).Must(scopes => AreDistinct(scopes.Select(scope => scope?.Name)))
            .OverridePropertyName("scopes").WithMessage("two have the same name");
        RuleFor(seed => seed.Users)
            .Must(users => AreDistinct(users.Select(user => user is null ? null : UserAccounts.Normalize(user.Username))))
            .OverridePropertyName("users").WithMessage("two have the same username");
        RuleFor(seed => seed.Users).Must(users => AreDistinct(users.Select(user => user?.Sub?.ToLowerInvariant())))
            .OverridePropertyName("users").WithMessage("two have the same sub");
    }

    private static bool AreDistinct(IEnumerable<string?> names)
    {
        var list = names.Where(name => name is not null).ToList();
        return list.Count == list.Distinct(StringComparer.Ordinal).Count();
    }
}
