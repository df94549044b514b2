using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Authly.Infrastructure.Persistence;

/// <summary>The seed file that was applied last.</summary>
internal sealed class AppliedSeed
{
    /// <summary>Of the file, and of the version of Authly that applied it.</summary>
    public required string Hash { get; init; }

    public DateTime AppliedAt { get; init; }
}

internal sealed class AppliedSeedTable : IEntityTypeConfiguration<AppliedSeed>
{
    public void Configure(EntityTypeBuilder<AppliedSeed> builder)
    {
        builder.ToTable("applied_seeds");
        builder.HasKey(entity => entity.Hash);
        builder.Property(entity => entity.Hash).HasMaxLength(64);
    }
}
