using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using NSec.Cryptography;

namespace Authly.Infrastructure.Accounts;

/// <summary>Argon2id password hashes as PHC strings (RFC 9106); every hash runs in the bounded <see cref="PasswordQueue"/>.</summary>
internal sealed class PasswordHasher
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly PasswordOptions _options;
    private readonly PasswordQueue _queue;
    private readonly Instruments _instruments;
    private readonly Lazy<string> _decoy;

    public PasswordHasher(AuthlyOptions options, PasswordQueue queue, Instruments instruments)
    {
        _options = options.Passwords;
        _queue = queue;
        _instruments = instruments;
        _decoy = new Lazy<string>(() => Create(RandomNumberGenerator.GetHexString(32)));
    }

    public Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        _queue.RunAsync(() =>
        {
            var started = Stopwatch.GetTimestamp();
            var hash = Create(PreparedText.Password(password));
            _instruments.PasswordHashed(PasswordHashOutcome.Hashed, Stopwatch.GetElapsedTime(started));
            return hash;
        }, cancellationToken);

    /// <summary>
    /// Whether the password is the one that was hashed. Without a hash, as for a person whom nobody knows, the same work is
    /// done in vain, so that the time tells nothing about who has an account.
    /// </summary>
    public Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken) =>
        _queue.RunAsync(() =>
        {
            var started = Stopwatch.GetTimestamp();
            var matches = Matches(hash ?? _decoy.Value, PreparedText.Password(password)) && hash is not null;
            _instruments.PasswordHashed(
                matches ? PasswordHashOutcome.Match : PasswordHashOutcome.Mismatch, Stopwatch.GetElapsedTime(started));
            return matches;
        }, cancellationToken);

    /// <summary>Whether a hash was made with other parameters than today's.</summary>
    public bool IsOutdated(string hash) => !hash.StartsWith(Prefix(_options.MemoryKiB, _options.Passes), StringComparison.Ordinal);

    private string Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Derive(password, salt, _options.MemoryKiB, _options.Passes);
        return $"{Prefix(_options.MemoryKiB, _options.Passes)}{Encode(salt)}${Encode(hash)}";
    }

    private static bool Matches(string phc, string password)
    {
        // $argon2id$v=19$m=19456,t=2,p=1$salt$hash
        var parts = phc.Split('$');
        if (parts is not ["", "argon2id", "v=19", var parameters, var salt, var hash])
            return false;
        var numbers = parameters.Split(',').Select(parameter => int.Parse(parameter.AsSpan(2), provider: null)).ToArray();
        return CryptographicOperations.FixedTimeEquals(Derive(password, Decode(salt), numbers[0], numbers[1]), Decode(hash));
    }

    private static byte[] Derive(string password, byte[] salt, int memoryKiB, int passes)
    {
        // libsodium knows one lane only.
        var parameters = new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = memoryKiB, NumberOfPasses = passes };
        return PasswordBasedKeyDerivationAlgorithm.Argon2id(parameters).DeriveBytes(Encoding.UTF8.GetBytes(password), salt, HashBytes);
    }

    private static string Prefix(int memoryKiB, int passes) => $"$argon2id$v=19$m={memoryKiB},t={passes},p=1$";

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] Decode(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
