using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>
/// What a server says of itself (RFC 8414), gives (RFC 6749 §5.1) and refuses (§5.2, RFC 9457): null for whatever it did not say, or said
/// as nothing that could be read.
/// </summary>
internal sealed record ServerAnswer
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        AllowDuplicateProperties = false,
    };

    [JsonIgnore]
    public HttpStatusCode Status { get; private init; }

    public string? Issuer { get; init; }

    public string? AuthorizationEndpoint { get; init; }

    public string? TokenEndpoint { get; init; }

    public string? RevocationEndpoint { get; init; }

    public string? AccessToken { get; init; }

    public string? RefreshToken { get; init; }

    /// <summary>In seconds.</summary>
    public double? ExpiresIn { get; init; }

    public string? Error { get; init; }

    public string? ErrorDescription { get; init; }

    public string? Detail { get; init; }

    [JsonIgnore]
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>What a person is told of a refusal.</summary>
    public string Said(string issuer) =>
        Detail ?? (Error is not null ? $"{issuer} says {Error}: {ErrorDescription}"
            : Status == HttpStatusCode.RequestEntityTooLarge ? $"This is more than {issuer} takes."
            : string.Create(CultureInfo.InvariantCulture, $"{issuer} answers with status {(int)Status}."));

    public static async Task<ServerAnswer> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        ServerAnswer? read = null;
        try
        {
            read = JsonSerializer.Deserialize<ServerAnswer>(await answer.Content.ReadAsByteArrayAsync(cancellationToken), Json);
        }
        catch (JsonException)
        {
            // It is of another kind.
        }

        return (read ?? new ServerAnswer()) with { Status = answer.StatusCode };
    }

    /// <summary>What a token endpoint gave.</summary>
    /// <exception cref="StartupException">It refused, or gave none.</exception>
    public ServerTokens Tokens(string issuer, string clientId, TimeProvider time) =>
        !IsSuccess ? throw new StartupException(Said(issuer))
        : !ServerTokens.IsToken(AccessToken) ? throw new StartupException($"{issuer} gave no token.")
        : new ServerTokens(clientId, AccessToken, time.GetUtcNow().AddSeconds(Math.Clamp(ExpiresIn ?? 0, 0, int.MaxValue)), RefreshToken);
}

/// <summary>What a sign-in at a server gave.</summary>
internal sealed record ServerTokens(string ClientId, string AccessToken, DateTimeOffset ExpiresAt, string? RefreshToken)
{
    /// <summary>RFC 6750 §2.1: nothing else can be sent.</summary>
    public static bool IsToken([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 } && text.All(letter => letter is > ' ' and <= '~');
}
