using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using YamlDotNet.Core;

namespace Authly.Infrastructure.Seeding;

/// <summary>What a seed file may hold; documented in <c>docs/configuration.md</c>.</summary>
internal sealed record SeedFile
{
    public static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    public IReadOnlyList<ClientMetadata> Clients { get; init; } = [];

    public IReadOnlyList<ScopeMetadata> Scopes { get; init; } = [];

    public IReadOnlyList<UserSeed> Users { get; init; } = [];

    /// <param name="source">What the file is called where something is wrong with it.</param>
    /// <exception cref="StartupException">The file cannot be read.</exception>
    public static string ReadText(string path, string source)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{source} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads JSON, or YAML of the same members, with the environment variables that it names.</summary>
    /// <exception cref="StartupException">It is neither, or an entry is bad: its place and the reason.</exception>
    public static SeedFile Read(string text, string source)
    {
        SeedFile seed;
        try
        {
            seed = (!IsJson(text) ? EnvironmentVariables.Expand(Yaml.Read(text), source).Deserialize<SeedFile>(Format)
                : !EnvironmentVariables.AreIn(text) ? JsonSerializer.Deserialize<SeedFile>(text, Format)
                : EnvironmentVariables.Expand(JsonSerializer.Deserialize<JsonNode>(text, Format), source).Deserialize<SeedFile>(Format))
                ?? throw new StartupException($"{source} is empty.");
        }
        catch (JsonException exception)
        {
            var line = IsJson(text) && !EnvironmentVariables.AreIn(text) ? $", line {exception.LineNumber + 1}" : "";
            throw new StartupException($"{source} is not valid at {exception.Path ?? "$"}{line}: {Reason(exception)}", exception);
        }
        catch (YamlException exception)
        {
            throw new StartupException($"{source} is not valid, line {exception.Start.Line}: {exception.Message}", exception);
        }

        var failures = new SeedValidator().Validate(seed).Errors;
        return failures.Count == 0 ? seed : throw new StartupException($"{source} is not valid: " + string.Join(
            "; ", failures.Select(failure => $"$.{failure.PropertyName}: {failure.ErrorMessage}")));
    }

    private static bool IsJson(string text) => text.TrimStart() is ['{' or '/' or '[', ..];

    private static string Reason(JsonException exception) =>
        exception.Message.Split(" Path:")[0].Replace("could not be mapped to any .NET member contained in type", "is not known in")
            .Split("'Authly.")[0].TrimEnd();
}

/// <summary>A person: username, password, and claims (of OpenID Connect Core §5.1 and of one's own) beside them.</summary>
internal sealed record UserSeed
{
    public string Username { get; init; } = "";

    /// <summary>The first password; one that the person has changed since is kept.</summary>
    public string Password { get; init; } = "";

    /// <summary>A UUID; made when it is not given.</summary>
    public string? Sub { get; init; }

    public bool Administrator { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    public bool Disabled { get; init; }

    /// <summary>All other members.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Others { get; init; } = [];

    [JsonIgnore]
    public JsonObject Claims => [.. Others.Select(claim => KeyValuePair.Create(claim.Key, NodeOf(claim.Value)))];

    // As it was read: what cannot be told is found by the validator.
    private static JsonNode? NodeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };
}
