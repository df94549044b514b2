namespace Authly.Infrastructure.Configuration;

/// <summary>What protects the keys in the database: one of the three is required in Production.</summary>
internal sealed class EncryptionOptions
{
    /// <summary>32 random bytes, base64.</summary>
    public string? Key { get; set; }

    /// <summary>A file that holds the same.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A PKCS#12 file with a certificate and its private key.</summary>
    public string? CertificateFile { get; set; }

    public string? CertificatePassword { get; set; }

    public bool IsGiven => Key is not null || KeyFile is not null || CertificateFile is not null;
}
