using System.Text.Json;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting.Remote;

/// <summary>What a sign-in at a server gave.</summary>
internal sealed record ServerTokens(string ClientId, string AccessToken, DateTimeOffset ExpiresAt, string? RefreshToken);

/// <summary>
/// Whose servers the person at this machine is signed in at: one file that nobody else may read. Its lock holds off other commands of
/// theirs while a refresh token is being used. Race: of two that used the same one, the server would take the second for a thief.
/// </summary>
internal sealed class TokenFile(TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The way to the server takes some of the token's time.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(10);

    private readonly string _folder = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "authly");

    private string File => Path.Combine(_folder, "tokens.json");

    /// <summary>One that is good by now, refreshed where it is not.</summary>
    /// <param name="rejected">One that the server does not take.</param>
    /// <exception cref="StartupException">They have to sign in.</exception>
    public async Task<string> AccessTokenAsync(RemoteServer server, string? rejected, CancellationToken cancellationToken)
    {
        if (Usable(Read(), server, rejected) is { } token)
            return token;
        using var held = await HoldAsync(cancellationToken);
        var all = Read();
        // Another command may have done it meanwhile.
        if (Usable(all, server, rejected) is { } fresh)
            return fresh;
        if (all.GetValueOrDefault(server.Issuer) is not { RefreshToken: { } refreshToken } kept)
            throw SignIn(server);
        // Not cancellable: the token that it gives would be lost, and the one before is used.
        var endpoint = await server.DiscoverAsync("token_endpoint", CancellationToken.None);
        var (answer, isSuccess) = await server.PostAsync(endpoint, new Dictionary<string, string>
        {
            [Parameters.GrantType] = GrantTypes.RefreshToken,
            [Parameters.ClientId] = kept.ClientId,
            [Parameters.RefreshToken] = refreshToken,
        }, CancellationToken.None);
        if (!isSuccess)
            throw SignIn(server);
        var renewed = Of(kept.ClientId, answer!) with { };
        all[server.Issuer] = renewed with { RefreshToken = renewed.RefreshToken ?? refreshToken };
        Write(all);
        return renewed.AccessToken;
    }

    /// <summary>Keeps what a sign-in gave, or forgets it.</summary>
    /// <returns>What was kept before.</returns>
    public async Task<ServerTokens?> KeepAsync(RemoteServer server, ServerTokens? given, CancellationToken cancellationToken)
    {
        using var held = await HoldAsync(cancellationToken);
        var all = Read();
        all.Remove(server.Issuer, out var before);
        if (given is not null)
            all[server.Issuer] = given;
        Write(all);
        return before;
    }

    /// <summary>What a token endpoint answered (RFC 6749 §5.1).</summary>
    public ServerTokens Of(string clientId, System.Text.Json.Nodes.JsonNode answer) => new(clientId, $"{answer["access_token"]}",
        time.GetUtcNow().AddSeconds((double?)answer["expires_in"] ?? 0), (string?)answer["refresh_token"]);

    private string? Usable(Dictionary<string, ServerTokens> all, RemoteServer server, string? rejected) =>
        all.GetValueOrDefault(server.Issuer) is { } kept && kept.AccessToken != rejected && kept.ExpiresAt - Early > time.GetUtcNow()
            ? kept.AccessToken : null;

    private static StartupException SignIn(RemoteServer server) =>
        new($"You are not signed in at {server.Issuer}: authly login --server {server.Issuer}");

    private Dictionary<string, ServerTokens> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, ServerTokens>>(System.IO.File.ReadAllText(File), Json) ?? [];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return [];
        }
    }

    // A new file in the place of the old one: a command that reads meanwhile sees either of them whole.
    private void Write(Dictionary<string, ServerTokens> all)
    {
        var draft = $"{File}.new";
        using (var stream = new FileStream(draft, ForMe(FileMode.Create)))
            JsonSerializer.Serialize(stream, all, Json);
        System.IO.File.Move(draft, File, overwrite: true);
    }

    private async Task<FileStream> HoldAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(_folder);
        else
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        for (var started = time.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken))
        {
            try
            {
                return new FileStream($"{File}.lock", ForMe(FileMode.OpenOrCreate));
            }
            catch (IOException) when (time.GetElapsedTime(started) < Patience)
            {
                // Another command holds it.
            }
        }
    }

    // On Windows the folder is the person's own.
    private static FileStreamOptions ForMe(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
