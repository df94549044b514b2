using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// A client or scope that a file has made, or made so: what the next file does not name may be deleted, and what has been changed since is
/// told. It stays when the registration is deleted by other means.
/// </summary>
internal sealed class ManagedRegistration
{
    public const string Client = "client";
    public const string Scope = "scope";

    public required string Kind { get; init; }

    /// <summary>The client's id, or the scope's name.</summary>
    public required string Name { get; init; }

    /// <summary>The concurrency token of its row when the file was applied.</summary>
    public string? Version { get; set; }

    /// <summary>How many of each kind are not what the file made them; one that is gone differs, too.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> DriftAsync(AuthlyDbContext context, CancellationToken cancellationToken)
    {
        var managed = context.Set<ManagedRegistration>();
        return new Dictionary<string, long>
        {
            [Client] = await managed.LongCountAsync(
                each => each.Kind == Client
                    && !context.Clients.Any(client => client.ClientId == each.Name && client.ConcurrencyToken == each.Version),
                cancellationToken),
            [Scope] = await managed.LongCountAsync(
                each => each.Kind == Scope
                    && !context.Scopes.Any(scope => scope.Name == each.Name && scope.ConcurrencyToken == each.Version),
                cancellationToken),
        };
    }
}

internal sealed class ManagedRegistrationTable : IEntityTypeConfiguration<ManagedRegistration>
{
    public void Configure(EntityTypeBuilder<ManagedRegistration> builder)
    {
        builder.ToTable("managed_registrations");
        builder.HasKey(entity => new { entity.Kind, entity.Name });
        builder.Property(entity => entity.Kind).HasMaxLength(16);
        builder.Property(entity => entity.Name).HasMaxLength(256);
        builder.Property(entity => entity.Version).HasMaxLength(64);
    }
}
