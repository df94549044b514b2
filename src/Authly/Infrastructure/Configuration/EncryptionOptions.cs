namespace Authly.Infrastructure.Configuration;

/// <summary>What protects the keys in the database: one of the three ways is required in Production.</summary>
internal sealed class EncryptionOptions : KeyEncryptionSource
{
    /// <summary>What protected them before: it reads, and writes nothing any more.</summary>
    public KeyEncryptionSource Previous { get; set; } = new();

    /// <summary>All that may read, the current one first.</summary>
    public IEnumerable<KeyEncryptionSource> Readers => new[] { this, Previous }.Where(source => source.IsGiven);
}

/// <summary>Where a key-encryption key is: in one of three ways.</summary>
internal class KeyEncryptionSource
{
    /// <summary>32 random bytes, base64.</summary>
    public string? Key { get; set; }

    /// <summary>A file that holds the same.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A PKCS#12 file with a certificate and its private key.</summary>
    public string? CertificateFile { get; set; }

    public string? CertificatePassword { get; set; }

    public bool IsGiven => IsKey || CertificateFile is not null;

    public bool IsKey => Key is not null || KeyFile is not null;
}
