using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Microsoft.Extensions.Caching.Memory;

namespace Authly.Infrastructure.Clients;

/// <summary>
/// How client secrets are kept. One that Authly made has 256 random bits, so one SHA-256 protects it as well as any number of rounds would.
/// One that a person chose keeps its slow hash; after one success this process remembers, for a short time and keyed with a key of its own,
/// that it was right.
/// </summary>
internal sealed class ClientSecrets(AuthlyOptions options, Instruments instruments, Readings readings) : IDisposable
{
    private const string Prefix = "authly_";
    private const string DigestPrefix = "sha256$";
    private const int MostProofs = 10_000;

    // How long a change of the slow hash's own parameters could stay unseen; a changed secret is seen at once, because the hash is in the
    // proof.
    private static readonly TimeSpan ProofLifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly MemoryCache _proofs = new(new MemoryCacheOptions { SizeLimit = MostProofs });

    // Slow hashes cost a processor, and whoever asks for one need not be a client.
    private readonly WorkQueue _queue = new(
        QueueName.ClientSecrets, options.Passwords.Threads, options.Passwords.QueueLength, options.Passwords.Deadline, instruments,
        readings);

    /// <summary>Hashes, or compares with a hash, on a thread that is there for it.</summary>
    /// <exception cref="Protocol.RefusedException">Too many wait.</exception>
    public Task<T> RunAsync<T>(Func<ValueTask<T>> work, CancellationToken cancellationToken) =>
        // OpenIddict's own hashing has nothing to wait for.
        _queue.RunAsync(() => work().AsTask().GetAwaiter().GetResult(), cancellationToken);

    /// <summary>The slow hash that an unknown client's secret is compared with.</summary>
    public string? Decoy { get; set; }

    /// <summary>A new secret of 256 bits, recognizable by its prefix to those who search for leaked ones.</summary>
    public static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Whether a secret has the form of a generated one: its prefix and 256 bits.</summary>
    public static bool IsGenerated(string secret)
    {
        Span<byte> bytes = stackalloc byte[32];
        return secret.Length == Prefix.Length + 43 && secret.StartsWith(Prefix, StringComparison.Ordinal)
            && Base64Url.TryDecodeFromChars(secret.AsSpan(Prefix.Length), bytes, out var length) && length == 32;
    }

    public static bool IsDigest(string stored) => stored.StartsWith(DigestPrefix, StringComparison.Ordinal);

    public static string Digest(string secret) => DigestPrefix + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static bool Matches(string secret, string digest) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Digest(secret)), Encoding.ASCII.GetBytes(digest));

    public bool IsProven(string secret, string hash) => _proofs.TryGetValue(Proof(secret, hash), out _);

    public void Prove(string secret, string hash) =>
        _proofs.Set(Proof(secret, hash), true, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = ProofLifetime });

    public void Dispose()
    {
        _proofs.Dispose();
        _queue.Dispose();
    }

    // The stored hash has a salt of its own, so a proof is of one client and of one secret that it has at the moment.
    private string Proof(string secret, string hash) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{hash}\0{secret}")));
}
