using System.Text.Json;

namespace Authly.Infrastructure.Protocol;

/// <summary>What the parameter <c>claims</c> asks for, claim by claim. OpenID Connect Core §5.5.</summary>
/// <param name="Userinfo">The members of <c>userinfo</c>.</param>
/// <param name="IdToken">The members of <c>id_token</c>.</param>
internal sealed record ClaimsRequest(IReadOnlyList<ClaimRequest> Userinfo, IReadOnlyList<ClaimRequest> IdToken)
{
    private const int MostMembers = 100;

    public static ClaimsRequest None { get; } = new([], []);

    public IEnumerable<string> Names => Userinfo.Concat(IdToken).Select(claim => claim.Name).Distinct();

    /// <summary>Null where the text is no JSON of that form; members that nobody knows are ignored (§5.5).</summary>
    public static ClaimsRequest? Parse(string? json)
    {
        if (json is null)
            return None;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                && Members(document.RootElement, "userinfo") is { } userinfo && Members(document.RootElement, "id_token") is { } idToken
                ? new ClaimsRequest(userinfo, idToken) : null;
        }
        // Half of a surrogate pair is JSON, and no text.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static List<ClaimRequest>? Members(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
            return [];
        if (member.ValueKind != JsonValueKind.Object)
            return null;
        List<ClaimRequest> claims = [];
        foreach (var claim in member.EnumerateObject().Take(MostMembers))
        {
            if (claim.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
                return null;
            claims.Add(ClaimRequest.Of(claim.Name, claim.Value));
        }

        return claims;
    }
}

/// <summary>One claim that is asked for.</summary>
/// <param name="Values">The values that it should have, where the request names some: what is no text as its JSON.</param>
internal sealed record ClaimRequest(string Name, bool IsEssential, IReadOnlyList<string> Values)
{
    public static ClaimRequest Of(string name, JsonElement member)
    {
        if (member.ValueKind == JsonValueKind.Null)
            return new ClaimRequest(name, IsEssential: false, []);
        List<string> values = [];
        if (member.TryGetProperty("value", out var value))
            values.Add(TextOf(value));
        if (member.TryGetProperty("values", out var list))
            values.AddRange(list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(TextOf) : [TextOf(list)]);
        return new ClaimRequest(
            name, member.TryGetProperty("essential", out var essential) && essential.ValueKind == JsonValueKind.True, values);
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
