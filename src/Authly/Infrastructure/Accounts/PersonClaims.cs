using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Accounts;

/// <summary>What can be told of a person: what their row says, and what follows from it.</summary>
internal static class PersonClaims
{
    private const int MostCharacters = 4096;

    private static readonly JsonDocumentOptions Told = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>What is wrong with a claim that a person is to have; null where nothing is.</summary>
    public static string? FaultOf(string name, JsonNode? value) => !StandardScopes.IsForPeople(name)
        ? "is a name that the protocol gives a meaning" : !IsText(value) ? "cannot be told, or is nested deeper than 8 levels"
        : HasKind(name, value) ? null : "has the wrong type";

    // Threat: half of a surrogate pair, what is nested too deep and a member that is there twice can be read, and fail where they are told.
    private static bool IsText(JsonNode? value)
    {
        try
        {
            using var told = JsonDocument.Parse(value?.ToJsonString() ?? "", Told);
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or JsonException)
        {
            return false;
        }
    }

    private static bool HasKind(string claim, JsonNode? value) => (claim, value?.GetValueKind()) switch
    {
        (Claims.EmailVerified or Claims.PhoneNumberVerified, var kind) => kind is JsonValueKind.True or JsonValueKind.False,
        (Claims.UpdatedAt, var kind) => kind is JsonValueKind.Number,
        (Claims.Address, var kind) => kind is JsonValueKind.Object,
        (_, var kind) when StandardScopes.AllClaims.Contains(claim) => kind is JsonValueKind.String,
        _ => value is not null && value.ToJsonString().Length <= MostCharacters,
    };

    public static JsonObject Of(User user)
    {
        var claims = JsonSerializer.Deserialize<JsonObject>(user.Claims) ?? [];
        claims[Claims.PreferredUsername] ??= user.Username;
        claims[Claims.UpdatedAt] ??= new DateTimeOffset(user.UpdatedAt).ToUnixTimeSeconds();
        // Clients that map accounts by address must be told whether it is proven, and some fail where they are not.
        if (claims.ContainsKey(Claims.Email))
            claims[Claims.EmailVerified] ??= false;
        if (claims.ContainsKey(Claims.PhoneNumber))
            claims[Claims.PhoneNumberVerified] ??= false;
        claims[StandardScopes.Groups] = JsonNode.Parse(user.Groups);
        return claims;
    }
}
