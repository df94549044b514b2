using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Seeding;

/// <summary>What a seed file may hold; documented in <c>docs/configuration.md</c>.</summary>
internal sealed record SeedFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
    };

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    public IReadOnlyList<ClientSeed> Clients { get; init; } = [];

    public IReadOnlyList<ScopeSeed> Scopes { get; init; } = [];

    public IReadOnlyList<UserSeed> Users { get; init; } = [];

    /// <exception cref="StartupException">The file cannot be read, or an entry is bad: its place and the reason.</exception>
    public static SeedFile Read(string path)
    {
        SeedFile seed;
        try
        {
            seed = JsonSerializer.Deserialize<SeedFile>(File.ReadAllText(path), Json) ?? throw new StartupException("The seed file (Authly:Seed:File) is empty.");
        }
        catch (JsonException exception)
        {
            throw new StartupException($"The seed file (Authly:Seed:File) is not valid at {exception.Path ?? "$"}, line {exception.LineNumber + 1}: {Reason(exception)}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The seed file (Authly:Seed:File) cannot be read: {exception.Message}", exception);
        }

        var failures = new SeedValidator().Validate(seed).Errors;
        return failures.Count == 0 ? seed : throw new StartupException(
            "The seed file (Authly:Seed:File) is not valid: " + string.Join("; ", failures.Select(failure => $"$.{failure.PropertyName}: {failure.ErrorMessage}")));
    }

    private static string Reason(JsonException exception) =>
        exception.Message.Split(" Path:")[0].Replace("could not be mapped to any .NET member contained in type", "is not known in").Split("'Authly.")[0].TrimEnd();
}

/// <summary>A client, in the metadata names of RFC 7591 and OpenID Connect Registration, and three of our own at the end.</summary>
internal sealed record ClientSeed
{
    public string ClientId { get; init; } = "";

    public string? ClientSecret { get; init; }

    public string? ClientName { get; init; }

    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    public IReadOnlyList<string> PostLogoutRedirectUris { get; init; } = [];

    public IReadOnlyList<string> GrantTypes { get; init; } = ["authorization_code"];

    public IReadOnlyList<string> ResponseTypes { get; init; } = ["code"];

    public string? TokenEndpointAuthMethod { get; init; }

    public string? Scope { get; init; }

    public string ApplicationType { get; init; } = "web";

    public string? IdTokenSignedResponseAlg { get; init; }

    public string SubjectType { get; init; } = "public";

    public string? ClientUri { get; init; }

    public string? LogoUri { get; init; }

    public string? PolicyUri { get; init; }

    public string? TosUri { get; init; }

    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>False exempts a confidential client that sends a nonce from PKCE (OAuth 2.1 §7.5.1).</summary>
    public bool RequirePkce { get; init; } = true;

    /// <summary>True for a first-party client, which people are not asked about.</summary>
    public bool SkipConsent { get; init; }

    [JsonIgnore]
    public string AuthMethod => TokenEndpointAuthMethod ?? (ClientSecret is null ? "none" : "client_secret_basic");

    [JsonIgnore]
    public bool IsPublic => AuthMethod == "none";
}

internal sealed record ScopeSeed
{
    public string Name { get; init; } = "";

    public string? Description { get; init; }

    /// <summary>The APIs that the scope is for; they become the audience of access tokens.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];
}

/// <summary>A person: username, password, and standard claims (OpenID Connect Core §5.1) beside them.</summary>
internal sealed record UserSeed
{
    public string Username { get; init; } = "";

    /// <summary>The first password; one that the person has changed since is kept.</summary>
    public string Password { get; init; } = "";

    /// <summary>A UUID; made when it is not given.</summary>
    public string? Sub { get; init; }

    public bool Administrator { get; init; }

    public bool Disabled { get; init; }

    [JsonExtensionData]
    public JsonObject? Claims { get; init; }
}
