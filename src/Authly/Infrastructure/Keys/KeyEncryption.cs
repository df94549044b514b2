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
    public XElement Decrypt(XElement encryptedElement)
    {
        var encrypted = Convert.FromBase64String(encryptedElement.Value);
        var keys = services.GetRequiredService<AuthlyOptions>().KeyEncryption.Readers.Where(source => source.IsKey).ToList();
        if (keys.Count == 0)
            throw new StartupException(
                "The keys in the database are protected by a key-encryption key: give the same as when they were made "
                + "(Authly:KeyEncryption), or as Authly:KeyEncryption:Previous where there is a new one.");
        foreach (var key in keys)
        {
            if (TryDecrypt(encrypted, KeyEncryption.Read(key)) is { } element)
                return element;
        }

        throw new StartupException(
            "The key-encryption key is not the one that the keys in the database were protected with (Authly:KeyEncryption). "
            + "Where it was changed, give the former one as Authly:KeyEncryption:Previous.");
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
