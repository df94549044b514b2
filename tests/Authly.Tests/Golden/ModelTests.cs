using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Authly.Tests.Golden;

/// <summary>Generated files follow the model that they were generated from.</summary>
public sealed class ModelTests
{
    private static readonly AuthlyDbContext[] Contexts =
    [
        new SqliteDesign().CreateDbContext([]), new PostgresDesign().CreateDbContext([]),
    ];

    [Fact]
    public void The_migrations_make_what_the_model_says() =>
        Assert.All(Contexts, context => Assert.False(context.Database.HasPendingModelChanges()));

    [Fact]
    public void The_compiled_model_is_what_the_model_says() => Assert.All(Contexts, context =>
    {
        Assert.IsAssignableFrom<RuntimeModel>(context.Model);
        Assert.Equal(Describe(context.GetService<IDesignTimeModel>().Model), Describe(context.Model));
    });

    private static string Describe(IModel model) => string.Join('\n', model.GetEntityTypes().SelectMany(Describe));

    private static IEnumerable<string> Describe(IEntityType type) =>
    [
        $"{type.Name} {type.GetTableName()}",
        .. type.GetProperties().Select(property => $"  {property.Name} {property.ClrType} {property.GetColumnName()} "
            + $"{property.GetColumnType()} null {property.IsNullable} token {property.IsConcurrencyToken} {property.ValueGenerated} "
            + $"{property.GetMaxLength()} {property.GetValueConverter()?.GetType()} {property.GetValueGeneratorFactory()?.Target}"),
        .. type.GetKeys().Select(key => $"  {key.ToDebugString(MetadataDebugStringOptions.SingleLineDefault)}"),
        .. type.GetForeignKeys().Select(key => $"  {key.ToDebugString(MetadataDebugStringOptions.SingleLineDefault)} {key.DeleteBehavior}"),
        .. type.GetIndexes().Select(index => $"  {index.ToDebugString(MetadataDebugStringOptions.SingleLineDefault)} {index.GetFilter()}"),
    ];
}
