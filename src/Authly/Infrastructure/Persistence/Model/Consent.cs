namespace Authly.Infrastructure.Persistence;

/// <summary>What a person has allowed a client, remembered until the person takes it back.</summary>
internal sealed class Consent
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public Guid UserId { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Scope names, separated by spaces.</summary>
    public required string Scopes { get; set; }

    public DateTime GrantedAt { get; set; }
}
