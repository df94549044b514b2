using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Seeding;

internal sealed class UserSeedValidator : AbstractValidator<UserSeed>
{
    private const int MostClaimCharacters = 4096;

    public UserSeedValidator()
    {
        RuleFor(user => user.Username).Must(UserAccounts.IsUsername)
            .OverridePropertyName("username").WithMessage($"must be 1 to {UserAccounts.MaximumUsernameLength} characters");
        RuleFor(user => user.Password).Length(UserAccounts.MinimumPasswordLength, UserAccounts.MaximumPasswordLength)
            .OverridePropertyName("password").WithMessage($"must be at least {UserAccounts.MinimumPasswordLength} characters");
        RuleFor(user => user.Sub).Must(sub => sub is null || Guid.TryParse(sub, out _)).OverridePropertyName("sub")
            .WithMessage("must be a UUID");
        RuleForEach(user => user.Groups).Must(UserAccounts.IsGroup)
            .OverridePropertyName("groups").WithMessage("must be 1 to 256 characters");
        RuleFor(user => user.Claims).Custom((claims, context) =>
        {
            foreach (var (name, value) in claims ?? [])
            {
                if (!StandardScopes.IsForPeople(name))
                    context.AddFailure(name, "is a name that the protocol gives a meaning");
                else if (!HasKind(name, value))
                    context.AddFailure(name, "has the wrong type");
            }
        });
    }

    private static bool HasKind(string claim, JsonNode? value) => (claim, value?.GetValueKind()) switch
    {
        (Claims.EmailVerified or Claims.PhoneNumberVerified, var kind) => kind is JsonValueKind.True or JsonValueKind.False,
        (Claims.UpdatedAt, var kind) => kind is JsonValueKind.Number,
        (Claims.Address, var kind) => kind is JsonValueKind.Object,
        (_, var kind) when StandardScopes.AllClaims.Contains(claim) => kind is JsonValueKind.String,
        _ => value is not null && value.ToJsonString().Length <= MostClaimCharacters,
    };
}
