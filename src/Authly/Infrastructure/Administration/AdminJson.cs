using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Authly.Infrastructure.Administration;

/// <summary>How the administration's JSON is spelled and read.</summary>
internal static class AdminJson
{
    private const int MostDepth = 16;

    /// <summary>For requests that are sent as they are (<see cref="SentRequests"/>): each member is there, also where it is null.</summary>
    public static JsonSerializerOptions Whole { get; } = Make();

    /// <summary>For what they are answered with. It has happened by then: a member more or less, of another version, is no fault.</summary>
    public static JsonSerializerOptions Answers { get; } = new(Whole)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        RespectRequiredConstructorParameters = false,
    };

    public static void Spell(JsonSerializerOptions spelling)
    {
        spelling.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        // Threat: a member that is misspelled, or given twice, would be taken for one that is not given.
        spelling.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        spelling.AllowDuplicateProperties = false;
        spelling.PropertyNameCaseInsensitive = false;
        spelling.NumberHandling = JsonNumberHandling.Strict;
        spelling.RespectNullableAnnotations = true;
        spelling.RespectRequiredConstructorParameters = true;
        spelling.MaxDepth = MostDepth;
        spelling.Converters.Add(new TextConverter());
        spelling.Converters.Add(new NodeConverter());
    }

    private static JsonSerializerOptions Make()
    {
        var whole = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Spell(whole);
        whole.MakeReadOnly(populateMissingResolver: true);
        return whole;
    }

    /// <summary>Threat: PostgreSQL keeps no text with NUL in it, and fails where it meets one.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal)
                ? text : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }

    /// <summary>
    /// Threat: the platform's own fails at a member that is there twice, as at a bug of ours. Who takes such a value says what it may hold.
    /// </summary>
    private sealed class NodeConverter : JsonConverter<JsonNode>
    {
        public override JsonNode? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonNode.Parse(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonNode value, JsonSerializerOptions options) => value.WriteTo(writer);
    }
}
