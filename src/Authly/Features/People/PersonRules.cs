using Authly.Infrastructure.Accounts;
using FluentValidation;

namespace Authly.Features.People;

/// <summary>What an account may be called, and its groups.</summary>
internal static class PersonRules
{
    public static void IsUsername<T>(this IRuleBuilder<T, string> username) => username.Must(UserAccounts.IsUsername)
        .WithMessage($"A username has 1 to {UserAccounts.MaximumUsernameLength} characters.");

    public static void IsGroup<T>(this IRuleBuilder<T, string> group) => group.Must(UserAccounts.IsGroup)
        .WithMessage("A group's name has 1 to 256 characters.");
}
