using FluentValidation;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Clients;

/// <summary>What a scope is.</summary>
internal sealed record ScopeMetadata
{
    public string Name { get; init; } = "";

    /// <summary>What people are asked.</summary>
    public string? Description { get; init; }

    /// <summary>The APIs that the scope is for; they become the audience of access tokens.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    public OpenIddictScopeDescriptor ToDescriptor()
    {
        var descriptor = new OpenIddictScopeDescriptor { Name = Name, Description = Description };
        descriptor.Resources.UnionWith(Resources);
        return descriptor;
    }

    /// <summary>The metadata of a registered scope.</summary>
    public static ScopeMetadata From(OpenIddictScopeDescriptor scope) =>
        new() { Name = scope.Name!, Description = scope.Description, Resources = [.. scope.Resources] };
}

/// <summary>What a scope's metadata may be. Faults name the member as it stands in JSON.</summary>
internal sealed class ScopeMetadataValidator : AbstractValidator<ScopeMetadata>
{
    public ScopeMetadataValidator()
    {
        // RFC 6749 §3.3, without the characters that would break a list.
        RuleFor(scope => scope.Name).Matches("^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}$").OverridePropertyName("name")
            .WithMessage("must be a scope token of at most 100 characters (RFC 6749 §3.3)");
        RuleForEach(scope => scope.Resources).Must(IsResource).OverridePropertyName("resources")
            .WithMessage("must be an absolute URI without a fragment (RFC 8707 §2)");
    }

    private static bool IsResource(string resource) =>
        resource is { Length: <= 200 } && Uri.TryCreate(resource, UriKind.Absolute, out var uri)
        && resource.StartsWith($"{uri.Scheme}:", StringComparison.OrdinalIgnoreCase) && uri.Fragment.Length == 0;
}
