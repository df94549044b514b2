using System.Security.Cryptography;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;

namespace Authly.Infrastructure.Keys;

/// <summary>The signing keys, in memory: read at start, so that no request waits for the database for them.</summary>
internal sealed class SigningKeyRing
{
    private IReadOnlyList<SigningCredentials> _credentials = [];

    public IReadOnlyList<SigningCredentials> All => _credentials;

    /// <summary>The newest key of an algorithm.</summary>
    public SigningCredentials Newest(string algorithm) => _credentials.First(credentials => credentials.Algorithm == algorithm);

    public void Load(IEnumerable<SigningCredentials> credentials) => _credentials = [.. credentials];
}

/// <summary>Makes the first signing keys, ES256 for access tokens and RS256 for id tokens, and reads all into the ring.</summary>
internal sealed class SigningKeys(AuthlyDbContext context, IDataProtectionProvider protection, SigningKeyRing ring, TimeProvider time) : IStartupTask
{
    private readonly IDataProtector _protector = protection.CreateProtector("Authly.SigningKeys.v1");

    public StartupPhase Phase => StartupPhase.Keys;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var keys = await context.SigningKeys.AsNoTracking().ToListAsync(cancellationToken);
        foreach (var algorithm in new[] { SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256 })
        {
            if (keys.Exists(key => key.Algorithm == algorithm))
                continue;
            var key = Create(algorithm);
            context.SigningKeys.Add(key);
            keys.Add(key);
        }

        await context.SaveChangesAsync(cancellationToken);
        ring.Load(keys.OrderByDescending(key => key.CreatedAt).Select(Read));
    }

    private SigningKey Create(string algorithm)
    {
        using AsymmetricAlgorithm key = algorithm == SecurityAlgorithms.EcdsaSha256
            ? ECDsa.Create(ECCurve.NamedCurves.nistP256)
            : RSA.Create(2048);
        var thumbprint = key is ECDsa elliptic
            ? JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(elliptic)).ComputeJwkThumbprint()
            : JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey((RSA)key)).ComputeJwkThumbprint();
        return new SigningKey
        {
            KeyId = Base64UrlEncoder.Encode(thumbprint),
            Algorithm = algorithm,
            ProtectedKey = Convert.ToBase64String(_protector.Protect(key.ExportPkcs8PrivateKey())),
            CreatedAt = time.GetUtcNow().UtcDateTime,
        };
    }

    private SigningCredentials Read(SigningKey stored)
    {
        byte[] pkcs8;
        try
        {
            pkcs8 = _protector.Unprotect(Convert.FromBase64String(stored.ProtectedKey));
        }
        catch (CryptographicException exception)
        {
            throw new StartupException("A signing key in the database cannot be read: its Data Protection key is missing or the key-encryption key is another one (Authly:KeyEncryption).", exception);
        }

        SecurityKey key;
        if (stored.Algorithm == SecurityAlgorithms.EcdsaSha256)
        {
            var elliptic = ECDsa.Create();
            elliptic.ImportPkcs8PrivateKey(pkcs8, out _);
            key = new ECDsaSecurityKey(elliptic) { KeyId = stored.KeyId };
        }
        else
        {
            var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            key = new RsaSecurityKey(rsa) { KeyId = stored.KeyId };
        }

        CryptographicOperations.ZeroMemory(pkcs8);
        return new SigningCredentials(key, stored.Algorithm);
    }
}
