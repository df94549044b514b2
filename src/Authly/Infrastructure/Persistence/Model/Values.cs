using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Microsoft.EntityFrameworkCore.ValueGeneration;

namespace Authly.Infrastructure.Persistence;

/// <summary>SQLite keeps no kind with a time; every time here is UTC.</summary>
internal sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(value => Utc(value), value => Utc(value))
{
    /// <summary>What has no kind is UTC.</summary>
    public static DateTime Utc(DateTime value) => value.Kind == DateTimeKind.Utc ? value : DateTime.SpecifyKind(value, DateTimeKind.Utc);
}

/// <summary>UUIDv7 keys are ordered by time, so that new rows stand together in every index.</summary>
internal sealed class Version7Keys : ValueGeneratorFactory
{
    public override ValueGenerator Create(IProperty property, ITypeBase typeBase) => new Generator();

    private sealed class Generator : ValueGenerator<Guid>
    {
        public override bool GeneratesTemporaryValues => false;

        public override Guid Next(EntityEntry entry) => Guid.CreateVersion7();
    }
}
