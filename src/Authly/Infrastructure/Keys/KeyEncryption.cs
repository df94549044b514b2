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

    public static byte[] Read(EncryptionOptions options) =>
        Convert.FromBase64String(options.Key ?? File.ReadAllText(options.KeyFile
            ?? throw new StartupException(
                "The keys in the database are protected by a key-encryption key: "
                + "give the same as when they were made (Authly:KeyEncryption).")).Trim());
}

/// <summary>Data Protection makes it by its name when it reads an element that <see cref="KeyEncryption"/> wrote.</summary>
internal sealed class KeyDecryption(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var bytes = Convert.FromBase64String(encryptedElement.Value).AsSpan();
        var nonce = bytes[..AesGcm.NonceByteSizes.MaxSize];
        var tag = bytes.Slice(nonce.Length, AesGcm.TagByteSizes.MaxSize);
        var ciphertext = bytes[(nonce.Length + tag.Length)..];
        var plaintext = new byte[ciphertext.Length];
        try
        {
            using var aes = new AesGcm(KeyEncryption.Read(services.GetRequiredService<AuthlyOptions>().KeyEncryption), tag.Length);
            aes.Decrypt(nonce, ciphertext, tag, plaintext);
        }
        catch (CryptographicException exception)
        {
            throw new StartupException(
                "The key-encryption key is not the one that the keys in the database were protected with (Authly:KeyEncryption).",
                exception);
        }

        return XElement.Parse(Encoding.UTF8.GetString(plaintext));
    }
}
