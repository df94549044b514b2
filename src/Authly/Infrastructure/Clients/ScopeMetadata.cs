namespace Authly.Infrastructure.Clients;

internal sealed record ScopeMetadata
{
    public string Name { get; init; } = "";

    public string? Description { get; init; }

    /// <summary>The APIs that the scope is for; they become the audience of access tokens.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];
}
