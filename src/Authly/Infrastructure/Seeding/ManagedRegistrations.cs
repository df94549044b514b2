using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Seeding;

/// <summary>What files have made.</summary>
internal static class ManagedRegistrations
{
    /// <summary>Remembers that the file made it, and of which version it is now.</summary>
    public static void Keep(
        this List<ManagedRegistration> managed, AuthlyDbContext context, string kind, string name, string? version)
    {
        var row = managed.Find(each => each.Kind == kind && each.Name == name);
        if (row is null)
        {
            managed.Add(row = new ManagedRegistration { Kind = kind, Name = name });
            context.Add(row);
        }

        row.Version = version;
    }

    public static void Forget(this List<ManagedRegistration> managed, AuthlyDbContext context, string kind, string name) =>
        context.RemoveRange(managed.Where(each => each.Kind == kind && each.Name == name));

    /// <summary>The names of those that a file made, and that are not among these.</summary>
    public static IReadOnlyList<string> Others(this List<ManagedRegistration> managed, string kind, IEnumerable<string> names) =>
        [.. managed.Where(each => each.Kind == kind).Select(each => each.Name).Except(names, StringComparer.Ordinal)];
}
