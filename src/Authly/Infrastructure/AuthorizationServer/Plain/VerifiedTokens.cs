using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>What an access token of ours says; its signature is right.</summary>
internal sealed record VerifiedToken(Guid Id, string Subject, string ClientId, string? Scope, IReadOnlyList<string> Audiences)
{
    public long? AuthenticationTime { get; init; }

    public string? Level { get; init; }

    public IReadOnlyList<string> Methods { get; init; } = [];
}

/// <summary>
/// Verifies access tokens, and remembers for a while those whose signature was right: a memory that is bounded, and forgotten when the keys
/// change. Whether a token is good is not in it: that is read from the database each time.
/// </summary>
internal sealed class VerifiedTokens(SigningKeyRing ring, AuthlyOptions options)
{
    private const int MostOfAGeneration = 5_000;

    // Threat: a claim that narrows what a token is good for, which an answer would leave out.
    private static readonly FrozenSet<string> Known = new[]
    {
        Claims.Issuer, Claims.ExpiresAt, Claims.IssuedAt, Claims.Audience, Claims.Scope, Claims.JwtId, Claims.Subject, Claims.ClientId,
        Claims.AuthenticationTime, Claims.AuthenticationContextReference, Claims.AuthenticationMethodReference,
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly JsonWebTokenHandler _handler = new();
    private volatile Memory _memory = new([]);

    /// <summary>Null where it is none of ours, or says more than is understood here.</summary>
    public async ValueTask<VerifiedToken?> VerifyAsync(string token)
    {
        // Strictly spelled: the decoder takes padding and other alphabets, OpenIddict does not.
        if (!_handler.CanReadToken(token))
            return null;
        // Race: into the memory of the keys that it was verified by.
        var memory = _memory;
        if (memory.Keys != ring.Current)
            _memory = memory = new Memory(ring.Current);
        var key = new Key(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (memory.Find(key) is { } known)
            return known;
        if (await ReadAsync(token, memory.Keys) is not { } verified)
            return null;
        memory.Keep(key, verified);
        return verified;
    }

    private async Task<VerifiedToken?> ReadAsync(string token, IReadOnlyList<RingKey> keys)
    {
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidTypes = [JsonWebTokenTypes.AccessToken],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = keys.Select(key => key.Credentials.Key),
            TryAllIssuerSigningKeys = false,
            ValidateAudience = false,
            // The row knows until when.
            ValidateLifetime = false,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken read || read.Claims.Any(claim => !Known.Contains(claim.Type))
            || !Guid.TryParseExact(read.Id, "D", out var id) || id.ToString() != read.Id
            || !read.TryGetPayloadValue<string>(Claims.Subject, out var subject)
            || !read.TryGetPayloadValue<string>(Claims.ClientId, out var client))
        {
            return null;
        }

        return new VerifiedToken(id, subject, client, Text(Claims.Scope), [.. read.Audiences])
        {
            AuthenticationTime = read.TryGetPayloadValue<long>(Claims.AuthenticationTime, out var at) ? at : null,
            Level = Text(Claims.AuthenticationContextReference),
            Methods = [.. read.Claims.Where(claim => claim.Type == Claims.AuthenticationMethodReference).Select(claim => claim.Value)],
        };

        string? Text(string name) => read.TryGetPayloadValue<string>(name, out var value) ? value : null;
    }

    private readonly record struct Key(UInt128 High, UInt128 Low)
    {
        public Key(byte[] hash)
            : this(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash.AsSpan(16)))
        {
        }
    }

    /// <summary>Two generations: when the younger is full, the older is forgotten.</summary>
    private sealed class Memory(IReadOnlyList<RingKey> keys)
    {
        private ConcurrentDictionary<Key, VerifiedToken> _younger = new();
        private ConcurrentDictionary<Key, VerifiedToken> _older = new();

        public IReadOnlyList<RingKey> Keys { get; } = keys;

        public VerifiedToken? Find(Key key) => _younger.GetValueOrDefault(key) ?? _older.GetValueOrDefault(key);

        public void Keep(Key key, VerifiedToken token)
        {
            if (_younger.Count >= MostOfAGeneration)
                (_older, _younger) = (_younger, new ConcurrentDictionary<Key, VerifiedToken>());
            _younger[key] = token;
        }
    }
}
