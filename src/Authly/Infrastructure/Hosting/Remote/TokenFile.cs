using System.Text.Json;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Hosting.Remote;

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

    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "authly");

    private string File => Path.Combine(_folder, "tokens.json");

    /// <summary>One that is good by now, refreshed where it is not.</summary>
    /// <param name="rejected">One that the server does not take.</param>
    /// <exception cref="StartupException">They have to sign in, or the server does not give one at the moment.</exception>
    public async Task<string> AccessTokenAsync(RemoteServer server, string? rejected, CancellationToken cancellationToken)
    {
        if (Usable(Read(), server, rejected) is { } token)
            return token;
        await using var held = await HoldAsync(cancellationToken);
        var all = Read();
        // Another command may have done it meanwhile.
        if (Usable(all, server, rejected) is { } fresh)
            return fresh;
        if (all.GetValueOrDefault(server.Issuer) is not { RefreshToken: { } refreshToken } kept)
            throw SignIn(server);
        // Not cancellable: the token that it gives would be lost, and the one before is used.
        var endpoint = await server.DiscoverAsync(each => each.TokenEndpoint, CancellationToken.None);
        var answer = await server.PostAsync(endpoint, new Dictionary<string, string>
        {
            [Parameters.GrantType] = GrantTypes.RefreshToken,
            [Parameters.ClientId] = kept.ClientId,
            [Parameters.RefreshToken] = refreshToken,
        }, CancellationToken.None);
        if (answer.Error is Errors.InvalidGrant or Errors.InvalidClient)
            throw SignIn(server);
        var renewed = answer.Tokens(server.Issuer, kept.ClientId, time);
        all[server.Issuer] = renewed with { RefreshToken = renewed.RefreshToken ?? refreshToken };
        Write(all);
        return renewed.AccessToken;
    }

    /// <summary>What a sign-in gave; null where there was none.</summary>
    public ServerTokens? Find(RemoteServer server) => Read().GetValueOrDefault(server.Issuer);

    /// <summary>Keeps what a sign-in gave, or forgets it.</summary>
    public async Task KeepAsync(RemoteServer server, ServerTokens? given, CancellationToken cancellationToken)
    {
        await using var held = await HoldAsync(cancellationToken);
        var all = Read();
        all.Remove(server.Issuer);
        if (given is not null)
            all[server.Issuer] = given;
        Write(all);
    }

    private string? Usable(Dictionary<string, ServerTokens> all, RemoteServer server, string? rejected) =>
        all.GetValueOrDefault(server.Issuer) is { } kept && kept.AccessToken != rejected
            && ServerTokens.IsToken(kept.AccessToken) && kept.ExpiresAt > time.GetUtcNow() + Early
            ? kept.AccessToken : null;

    private static StartupException SignIn(RemoteServer server) =>
        new($"You are not signed in at {server.Issuer}: authly login --server {server.Issuer}");

    private Dictionary<string, ServerTokens> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, ServerTokens>>(System.IO.File.ReadAllText(File), Json) ?? [];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartupException($"{File} cannot be read; delete it, and sign in again: {exception.Message}", exception);
        }
    }

    // A new file in the place of the old one: a command that reads meanwhile sees either of them whole.
    private void Write(Dictionary<string, ServerTokens> all)
    {
        try
        {
            var draft = $"{File}.new";
            // Threat: one that is there already may be a link, or readable by others.
            System.IO.File.Delete(draft);
            using (var stream = new FileStream(draft, ForMe(FileMode.CreateNew)))
                JsonSerializer.Serialize(stream, all, Json);
            System.IO.File.Move(draft, File, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{File} cannot be written: {exception.Message}", exception);
        }
    }

    private async Task<FileStream> HoldAsync(CancellationToken cancellationToken)
    {
        for (var started = time.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken))
        {
            try
            {
                Directory.CreateDirectory(_folder);
                if (!OperatingSystem.IsWindows())
                    System.IO.File.SetUnixFileMode(_folder, Mine | UnixFileMode.UserExecute);
                return new FileStream($"{File}.lock", ForMe(FileMode.OpenOrCreate));
            }
            catch (IOException) when (Directory.Exists(_folder) && time.GetElapsedTime(started) < Patience)
            {
                // Another command holds it.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new StartupException($"{File}.lock cannot be had: {exception.Message}", exception);
            }
        }
    }

    // On Windows the folder is the person's own.
    private static FileStreamOptions ForMe(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Mine;
        return options;
    }
}
