using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using NSec.Cryptography;

namespace Authly.Infrastructure.Accounts;

/// <summary>Argon2id password hashes as PHC strings (RFC 9106); every hash runs in the bounded queue.</summary>
internal sealed class PasswordHasher : IDisposable
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly PasswordOptions _options;
    private readonly WorkQueue _queue;
    private readonly Instruments _instruments;
    private readonly Lazy<string> _decoy;
    private readonly double[] _recent = new double[32];
    private long _made;

    public PasswordHasher(AuthlyOptions options, Instruments instruments, Readings readings)
    {
        _options = options.Passwords;
        _queue = new WorkQueue(QueueName.Passwords, _options.Threads, _options.QueueLength, _options.Deadline, instruments, readings);
        _instruments = instruments;
        _decoy = new Lazy<string>(() => Create(RandomNumberGenerator.GetHexString(32)));
    }

    /// <summary>A place in the queue; to be taken before the database is asked.</summary>
    /// <exception cref="Protocol.RefusedException">There is none.</exception>
    public IDisposable Enter() => _queue.Enter();

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
    public async Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        var asked = Stopwatch.GetTimestamp();
        var isRight = await _queue.RunAsync(() =>
        {
            var started = Stopwatch.GetTimestamp();
            var matches = Matches(hash ?? _decoy.Value, PreparedText.Password(password)) && hash is not null;
            _instruments.PasswordHashed(
                matches ? PasswordHashOutcome.Match : PasswordHashOutcome.Mismatch, Stopwatch.GetElapsedTime(started));
            return matches;
        }, cancellationToken);
        _recent[(Interlocked.Increment(ref _made) - 1) % _recent.Length] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
        return isRight;
    }

    /// <summary>
    /// Takes as long as a hash of late did, and makes none: for a try that is not made. Threat: else its time tells that the account is
    /// being guessed at, and so which accounts are worth it.
    /// </summary>
    public Task PretendAsync(CancellationToken cancellationToken)
    {
        var known = (int)Math.Min(Volatile.Read(ref _made), _recent.Length);
        // Just started: there is nothing to go by.
        return known == 0 ? VerifyAsync(hash: null, "", cancellationToken)
            : Task.Delay(TimeSpan.FromMilliseconds(_recent[Random.Shared.Next(known)]), cancellationToken);
    }

    public void Dispose() => _queue.Dispose();

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
