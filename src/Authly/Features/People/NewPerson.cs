using System.CommandLine;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Hosting;
using FluentValidation;

namespace Authly.Features.People;

/// <summary>Whom an account is made for, as the administration API spells it.</summary>
internal sealed record NewPerson(string Username = "", bool Administrator = false, IReadOnlyList<string>? Groups = null);

internal static class NewPersonRules
{
    public static void IsNewPerson<T>(this AbstractValidator<T> validator, Func<T, NewPerson> person)
    {
        validator.RuleFor(command => person(command).Username).Must(UserAccounts.IsUsername).OverridePropertyName("username")
            .WithMessage($"A username has 1 to {UserAccounts.MaximumUsernameLength} characters.");
        validator.RuleForEach(command => person(command).Groups).IsGroup().OverridePropertyName("groups");
    }

    public static IRuleBuilderOptions<T, string> IsGroup<T>(this IRuleBuilder<T, string> group) =>
        group.Must(UserAccounts.IsGroup).WithMessage("A group's name has 1 to 256 characters.");
}

/// <summary>What the command line can say of them.</summary>
internal sealed class NewPersonOptions(VerbBuilder verb)
{
    private readonly Argument<string> _name = verb.Argument("username", "What they sign in with.");

    private readonly Option<bool> _administrator = verb.Option<bool>("--administrator", "They administer this server.");

    private readonly Option<string[]> _groups = verb.Option<string[]>("--group", "A group that they are in; repeatable.");

    public NewPerson Of(ParseResult input) =>
        new(input.GetValue(_name)!, input.GetValue(_administrator), input.GetValue(_groups));
}
