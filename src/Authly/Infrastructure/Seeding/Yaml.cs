using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;
using ScalarEvent = YamlDotNet.Core.Events.Scalar;

namespace Authly.Infrastructure.Seeding;

/// <summary>YAML as JSON and back, by the core schema of YAML 1.2: <c>no</c> and dates are text.</summary>
internal static partial class Yaml
{
    // Threat: aliases of aliases make a small file a large one.
    private const int MostNodes = 1_000_000;

    /// <exception cref="YamlException">It is no YAML, or nothing that JSON could say.</exception>
    public static JsonNode? Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var left = MostNodes;
        return stream.Documents switch
        {
            [] => null,
            [var document] => ToJson(document.RootNode, ref left),
            [_, var second, ..] => throw new YamlException(second.RootNode.Start, second.RootNode.End, "there is a second document"),
        };
    }

    public static string Write(JsonNode node)
    {
        using var text = new StringWriter();
        var emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Write(emitter, node);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static JsonNode? ToJson(YamlNode node, ref int left)
    {
        if (--left < 0)
            throw new YamlException(node.Start, node.End, "it is too large");
        switch (node)
        {
            case YamlScalarNode scalar:
                return scalar.Style == ScalarStyle.Plain ? Resolve(scalar.Value ?? "") : scalar.Value;
            case YamlSequenceNode sequence:
                var items = new JsonArray();
                foreach (var item in sequence)
                    items.Add(ToJson(item, ref left));
                return items;
            case YamlMappingNode mapping:
                var members = new JsonObject();
                foreach (var (key, value) in mapping)
                {
                    if (key is not YamlScalarNode { Value: { } name })
                        throw new YamlException(key.Start, key.End, "a key must be text");
                    members[name] = ToJson(value, ref left);
                }

                return members;
            default:
                throw new YamlException(node.Start, node.End, "it cannot be read");
        }
    }

    private static JsonNode? Resolve(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ when Integer().IsMatch(plain) && long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            => number,
        _ when Float().IsMatch(plain) => double.Parse(plain, CultureInfo.InvariantCulture),
        _ => plain,
    };

    private static void Write(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                emitter.Emit(new MappingStart());
                foreach (var (name, value) in members)
                {
                    Write(emitter, JsonValue.Create(name));
                    Write(emitter, value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray items:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
                foreach (var item in items)
                    Write(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.TryGetValue<string>(out var text):
                var isText = Resolve(text) is JsonValue read && read.TryGetValue<string>(out _);
                var style = isText ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
                emitter.Emit(new ScalarEvent(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
                break;
            default:
                emitter.Emit(new ScalarEvent(node?.ToJsonString() ?? "null"));
                break;
        }
    }

    [GeneratedRegex("^[-+]?[0-9]+$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Float();
}
