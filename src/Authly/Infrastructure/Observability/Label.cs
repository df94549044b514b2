using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Observability;

/// <summary>
/// The text of a label's value: the enum's name in snake case, made once, so that the compiler bounds the number of series.
/// </summary>
internal static class Label<T> where T : struct, Enum
{
    private static readonly string[] Names =
        [.. Enum.GetNames<T>().Select(name => name == "Other" ? ProtocolNames.Other
            : typeof(T).GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(name))];

    public static IReadOnlyList<string> All => Names;

    /// <summary>Whether a text is the label of one of the values.</summary>
    public static bool Has(string text) => Names.Contains(text);

    public static string Of(T value) => Names[Unsafe.BitCast<T, int>(value)];
}
