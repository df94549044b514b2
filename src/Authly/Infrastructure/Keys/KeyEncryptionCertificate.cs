using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Keys;

/// <summary>
/// The certificate whose key protects the ring: RSA, with its private key. Anything else would encrypt what nobody can ever read, or
/// nothing.
/// </summary>
internal static class KeyEncryptionCertificate
{
    /// <exception cref="StartupException">It cannot be read, or is not such a one.</exception>
    public static X509Certificate2 Load(KeyEncryptionSource options, string section)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509CertificateLoader.LoadPkcs12FromFile(options.CertificateFile!, options.CertificatePassword);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"{section}:CertificateFile cannot be read: it must be PKCS#12, "
                + $"and CertificatePassword its password ({exception.Message})", exception);
        }

        if (!certificate.HasPrivateKey)
            throw new StartupException(
                $"{section}:CertificateFile has no private key: what is encrypted with it could never be read again");
        using var key = certificate.GetRSAPrivateKey();
        return key is not null ? certificate
            : throw new StartupException($"{section}:CertificateFile is not an RSA certificate: it cannot encrypt keys");
    }
}
