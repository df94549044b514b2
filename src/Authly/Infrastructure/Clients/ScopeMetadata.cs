using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Clients;

/// <summary>What a scope is.</summary>
internal sealed record ScopeMetadata
{
    private const string ClaimsProperty = "claims";

    public string Name { get; init; } = "";

    /// <summary>What people are asked.</summary>
    public string? Description { get; init; }

    /// <summary>The APIs that the scope is for; they become the audience of access tokens.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>What the scope tells of a person, beyond what a standard scope of the same name does.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];

    public OpenIddictScopeDescriptor ToDescriptor()
    {
        var descriptor = new OpenIddictScopeDescriptor { Name = Name, Description = Description };
        descriptor.Resources.UnionWith(Resources);
        if (Claims.Count > 0)
            descriptor.Properties[ClaimsProperty] = JsonSerializer.SerializeToElement(Claims);
        return descriptor;
    }

    /// <summary>The metadata of a registered scope.</summary>
    public static ScopeMetadata From(OpenIddictScopeDescriptor scope) =>
        new()
        {
            Name = scope.Name!,
            Description = scope.Description,
            Resources = [.. scope.Resources],
            Claims = scope.Properties.TryGetValue(ClaimsProperty, out var claims) ? claims.Deserialize<string[]>()! : [],
        };

    /// <summary>The resources of a registered scope's row.</summary>
    public static IReadOnlyList<string> ResourcesOf(Scope scope) =>
        scope.Resources is { Length: > 0 } json ? JsonSerializer.Deserialize<string[]>(json)! : [];

    /// <summary>The claims of a registered scope's row.</summary>
    public static IReadOnlyList<string> ClaimsOf(Scope scope) =>
        scope.Properties is { Length: > 0 } json && JsonNode.Parse(json)?[ClaimsProperty] is { } claims
            ? claims.Deserialize<string[]>()! : [];
}

internal static class ScopeMetadataRules
{
    /// <summary>For a request that holds a scope's metadata: faults name the member, not where the request has it.</summary>
    public static void IsValidMetadata<T>(this IRuleBuilderInitial<T, ScopeMetadata> rule) => rule.Custom((scope, context) =>
    {
        foreach (var failure in new ScopeMetadataValidator().Validate(scope).Errors)
            context.AddFailure(failure.PropertyName, $"{failure.PropertyName} {failure.ErrorMessage}.");
    });
}

/// <summary>What a scope's metadata may be. Faults name the member as it stands in JSON.</summary>
internal sealed class ScopeMetadataValidator : AbstractValidator<ScopeMetadata>
{
    public const string ResourceRule = "must be an absolute URI without a fragment (RFC 8707 §2)";

    public ScopeMetadataValidator()
    {
        // RFC 6749 §3.3, without the characters that would break a list.
        RuleFor(scope => scope.Name).Matches("^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}$").OverridePropertyName("name")
            .WithMessage("must be a scope token of at most 100 characters (RFC 6749 §3.3)");
        RuleFor(scope => scope.Name).Must(name => !AdminScopes.IsReserved(name)).OverridePropertyName("name")
            .WithMessage("must not begin as the scopes of the administration do");
        RuleForEach(scope => scope.Resources).Must(IsResource).OverridePropertyName("resources")
            .WithMessage(ResourceRule);
        RuleForEach(scope => scope.Claims).Must(StandardScopes.IsForPeople).OverridePropertyName("claims")
            .WithMessage("must be a claim's name of at most 100 characters, and none that the protocol gives a meaning");
    }

    public static bool IsResource(string resource) =>
        resource is { Length: <= 200 } && !resource.Contains(' ') && Uri.TryCreate(resource, UriKind.Absolute, out var uri)
        && resource.StartsWith($"{uri.Scheme}:", StringComparison.OrdinalIgnoreCase) && uri.Fragment.Length == 0;
}
