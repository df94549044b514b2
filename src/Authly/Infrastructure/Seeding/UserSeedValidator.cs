using Authly.Infrastructure.Accounts;
using FluentValidation;

namespace Authly.Infrastructure.Seeding;

internal sealed class UserSeedValidator : AbstractValidator<UserSeed>
{
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
            foreach (var (name, value) in claims)
            {
                if (PersonClaims.FaultOf(name, value) is { } fault)
                    context.AddFailure(name, fault);
            }
        });
    }
}
