using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Keys;

namespace Authly.Features.Keys;

/// <summary>Signing keys as a table; the first row names the columns.</summary>
internal static class KeyTable
{
    public static IReadOnlyList<string[]> Of(IReadOnlyList<ListedKey> keys) =>
    [
        ["KID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL"],
        .. keys.Select(key => new[]
        {
            key.Kid, key.Alg, key.State, TextTable.Spell(key.SignsFrom), TextTable.Spell(key.SignsUntil),
            TextTable.Spell(key.PublishedUntil),
        }),
    ];
}
