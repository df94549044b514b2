using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Authly.Infrastructure.Keys;

/// <summary>
/// Protects the Data Protection ring with the key-encryption key, by AES-256-GCM. Without it, whoever reads the database
/// reads every key in it.
/// </summary>
internal sealed class KeyEncryption(AuthlyOptions options) : IXmlEncryptor
{
    public const string ElementName = "encryptedKey";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plaintext = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var nonce = RandomNumberGenerator.GetBytes(AesGcm.NonceByteSizes.MaxSize);
        var ciphertext = new byte[plaintext.Length];
        var tag = new byte[AesGcm.TagByteSizes.MaxSize];
        using (var aes = new AesGcm(Read(options.KeyEncryption), tag.Length))
            aes.Encrypt(nonce, plaintext, ciphertext, tag);
        CryptographicOperations.ZeroMemory(plaintext);

        return new EncryptedXmlInfo(
            new XElement(ElementName, new XAttribute("algorithm", "A256GCM"), Convert.ToBase64String([.. nonce, .. tag, .. ciphertext])),
            typeof(KeyDecryption));
    }

    public static byte[] Read(KeyEncryptionSource source) =>
        Convert.FromBase64String(source.Key ?? File.ReadAllText(source.KeyFile!).Trim());
}

/// <summary>
/// Data Protection makes it by its name when it reads an element that <see cref="KeyEncryption"/> wrote. The current key reads, and the
/// previous one while it is given.
/// </summary>
internal sealed class KeyDecryption(IServiceProvider services) : IXmlDecryptor
{
    public const string AnotherKey =
        "The keys in the database were protected with another key-encryption key than is given (Authly:KeyEncryption): give the same, or "
        + "where it was changed the former one as Authly:KeyEncryption:Previous. If that is lost for good, delete the rows of "
        + "data_protection_keys and signing_keys: everybody has to sign in again.";

    public XElement Decrypt(XElement encryptedElement)
    {
        var encrypted = Convert.FromBase64String(encryptedElement.Value);
        var keys = services.GetRequiredService<AuthlyOptions>().KeyEncryption.Readers.Where(source => source.IsKey).ToList();
        foreach (var key in keys)
        {
            if (TryDecrypt(encrypted, KeyEncryption.Read(key)) is { } element)
                return element;
        }

        throw new StartupException(AnotherKey);
    }

    private static XElement? TryDecrypt(ReadOnlySpan<byte> bytes, byte[] key)
    {
        var nonce = bytes[..AesGcm.NonceByteSizes.MaxSize];
        var tag = bytes.Slice(nonce.Length, AesGcm.TagByteSizes.MaxSize);
        var ciphertext = bytes[(nonce.Length + tag.Length)..];
        var plaintext = new byte[ciphertext.Length];
        try
        {
            using var aes = new AesGcm(key, tag.Length);
            aes.Decrypt(nonce, ciphertext, tag, plaintext);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return XElement.Parse(Encoding.UTF8.GetString(plaintext));
    }
}
