using System.Security.Cryptography;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Tokens;

namespace Authly.Infrastructure.Keys;

/// <summary>Makes private keys and reads them: ES256 for access tokens, RS256 for id tokens, each protected by Data Protection.</summary>
internal sealed class SigningKeyMaterial(IDataProtectionProvider protection, TimeProvider time)
{
    public const string Unreadable =
        "No signing key in the database can be read: its Data Protection key is missing "
        + "or the key-encryption key is another one (Authly:KeyEncryption).";

    public static readonly string[] Algorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256];

    private readonly IDataProtector _protector = protection.CreateProtector("Authly.SigningKeys.v1");

    /// <summary>A key without a schedule yet. Never within a transaction: Data Protection may have to write a key of its own.</summary>
    public SigningKey Create(string algorithm)
    {
        using AsymmetricAlgorithm key = algorithm == SecurityAlgorithms.EcdsaSha256
            ? ECDsa.Create(ECCurve.NamedCurves.nistP256)
            : RSA.Create(2048);
        var pkcs8 = key.ExportPkcs8PrivateKey();
        var stored = new SigningKey
        {
            KeyId = Thumbprint(key),
            Algorithm = algorithm,
            ProtectedKey = Convert.ToBase64String(_protector.Protect(pkcs8)),
            CreatedAt = time.GetUtcNow().UtcDateTime,
        };
        CryptographicOperations.ZeroMemory(pkcs8);
        return stored;
    }

    /// <summary>Throws where the row is not what <see cref="Create"/> wrote, or its protection is not ours.</summary>
    public SigningCredentials Read(SigningKey stored)
    {
        AsymmetricAlgorithm key = stored.Algorithm switch
        {
            SecurityAlgorithms.EcdsaSha256 => ECDsa.Create(),
            SecurityAlgorithms.RsaSha256 => RSA.Create(),
            _ => throw new CryptographicException("The algorithm is not known."),
        };
        var pkcs8 = _protector.Unprotect(Convert.FromBase64String(stored.ProtectedKey));
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        CryptographicOperations.ZeroMemory(pkcs8);
        if (Thumbprint(key) != stored.KeyId)
            throw new CryptographicException("The key is not the one that its kid names.");
        return new SigningCredentials(key is ECDsa elliptic
            ? new ECDsaSecurityKey(elliptic) { KeyId = stored.KeyId }
            : new RsaSecurityKey((RSA)key) { KeyId = stored.KeyId }, stored.Algorithm);
    }

    /// <summary>The same key, protected anew by the ring's key of today. Throws as <see cref="Read"/> does.</summary>
    public string Reprotect(SigningKey stored)
    {
        var pkcs8 = _protector.Unprotect(Convert.FromBase64String(stored.ProtectedKey));
        var anew = Convert.ToBase64String(_protector.Protect(pkcs8));
        CryptographicOperations.ZeroMemory(pkcs8);
        return anew;
    }

    public bool CanRead(SigningKey stored)
    {
        try
        {
            Read(stored);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    // RFC 7638.
    private static string Thumbprint(AsymmetricAlgorithm key) => Base64UrlEncoder.Encode((key is ECDsa elliptic
        ? JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(elliptic))
        : JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey((RSA)key))).ComputeJwkThumbprint());
}
