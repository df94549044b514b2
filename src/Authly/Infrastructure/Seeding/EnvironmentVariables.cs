using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Seeding;

/// <summary>
/// A file's texts may hold <c>${NAME}</c>, in whose place the environment variable stands, so that secrets need not; <c>$${</c> stands for
/// <c>${</c> itself.
/// </summary>
internal static partial class EnvironmentVariables
{
    public static bool AreIn(string text) => Variable().IsMatch(text);

    /// <summary>What the text's variables are, in their order.</summary>
    public static string ValuesIn(string text) =>
        string.Join('\0', Variable().Matches(text).Select(match => Environment.GetEnvironmentVariable(match.Groups[1].Value)));

    /// <exception cref="StartupException">One is not set.</exception>
    public static JsonNode? Expand(JsonNode? node, string source) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Expand(member.Value, source)))),
        JsonArray items => new JsonArray([.. items.Select(item => Expand(item, source))]),
        JsonValue value when value.TryGetValue<string>(out var text) => Variable().Replace(text, match => ValueOf(match, source)),
        _ => node?.DeepClone(),
    };

    private static string ValueOf(Match match, string source) =>
        match.Value.StartsWith("$$", StringComparison.Ordinal) ? match.Value[1..]
            : Environment.GetEnvironmentVariable(match.Groups[1].Value) is { Length: > 0 } value ? value
            : throw new StartupException($"{source} names the environment variable {match.Groups[1].Value}, which is not set.");

    [GeneratedRegex(@"\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
