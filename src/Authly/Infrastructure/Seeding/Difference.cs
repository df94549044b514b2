using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Clients;

namespace Authly.Infrastructure.Seeding;

internal enum Change
{
    Create,
    Update,
    Delete,
}

/// <summary>What a file says otherwise than the database.</summary>
/// <param name="Kind"><c>client</c>, <c>scope</c> or <c>user</c>.</param>
internal sealed record Difference(string Kind, string Name, Change Change, IReadOnlyList<MemberDifference> Members)
{
    /// <summary>The person whom it is about.</summary>
    [JsonIgnore]
    public Guid? Sub { get; init; }

    /// <summary>The members that differ; the order of a list makes no difference.</summary>
    /// <param name="before">Null where there was none.</param>
    public static IReadOnlyList<MemberDifference> Between(JsonObject? before, JsonObject after) =>
    [
        .. after.Select(member => member.Key).Union(before?.Select(member => member.Key) ?? [])
            .Select(name => new MemberDifference(name, before?[name], after[name]))
            .Where(member => !JsonNode.DeepEquals(member.Before, member.After)),
    ];

    /// <summary>A client as it is compared and exported: no secret, and nothing that is as it is without saying.</summary>
    public static JsonObject Of(ClientMetadata client) =>
        // The grants say the response types.
        Canonical(client, Defaults, "client_id", "client_secret", "response_types");

    public static JsonObject Of(ScopeMetadata scope) => Canonical(scope, Canonical(new ScopeMetadata(), []), "name");

    private static readonly JsonObject Defaults = Canonical(new ClientMetadata(), []);

    private static JsonObject Canonical<T>(T metadata, JsonObject defaults, params ReadOnlySpan<string> without)
    {
        var members = JsonSerializer.SerializeToNode(metadata, SeedFile.Format)!.AsObject();
        foreach (var name in without)
            members.Remove(name);
        foreach (var (name, value) in members.ToList())
        {
            var sorted = value is JsonArray items ? Sorted(items.Select(item => item!.GetValue<string>()))
                : name == "scope" && value is not null ? string.Join(' ', value.GetValue<string>().Split(' ').Order(StringComparer.Ordinal))
                : value?.DeepClone();
            if (sorted is null || (defaults.TryGetPropertyValue(name, out var otherwise) && JsonNode.DeepEquals(sorted, otherwise)))
                members.Remove(name);
            else
                members[name] = sorted;
        }

        return members;
    }

    public static JsonArray Sorted(IEnumerable<string> items) =>
        [.. items.Distinct().Order(StringComparer.Ordinal).Select(item => (JsonNode)item)];
}

/// <param name="Before">Null where it was not there; a secret is neither.</param>
internal sealed record MemberDifference(string Member, JsonNode? Before, JsonNode? After);
