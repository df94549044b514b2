using FluentValidation;

namespace Authly.Infrastructure.Clients;

internal sealed class ScopeMetadataValidator : AbstractValidator<ScopeMetadata>
{
    public ScopeMetadataValidator()
    {
        // RFC 6749 §3.3, without the characters that would break a list.
        RuleFor(scope => scope.Name).Matches("^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}$").OverridePropertyName("name").WithMessage("must be a scope token of at most 100 characters (RFC 6749 §3.3)");
        RuleForEach(scope => scope.Resources).Must(resource => resource is { Length: <= 200 } && Uri.TryCreate(resource, UriKind.Absolute, out var uri) && resource.StartsWith($"{uri.Scheme}:", StringComparison.OrdinalIgnoreCase) && uri.Fragment.Length == 0)
            .OverridePropertyName("resources").WithMessage("must be an absolute URI without a fragment (RFC 8707 §2)");
    }
}
