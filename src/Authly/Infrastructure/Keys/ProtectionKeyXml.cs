using System.Security.Cryptography;
using System.Xml.Linq;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Authly.Infrastructure.Keys;

/// <summary>The secrets of a Data Protection key, as they stand in its row.</summary>
internal static class ProtectionKeyXml
{
    // The names that Data Protection writes; they are part of what it promises to read for ever.
    private static readonly XNamespace Names = "http://schemas.asp.net/2015/03/dataProtection";
    private static readonly XName Secret = Names + "encryptedSecret";
    private static readonly XName RequiresEncryption = Names + "requiresEncryption";
    private const string DecryptorType = "decryptorType";

    public static XElement Parse(string xml) => XElement.Parse(xml, LoadOptions.PreserveWhitespace);

    public static bool IsExpired(XElement key, DateTimeOffset now) => (DateTimeOffset?)key.Element("expirationDate") < now;

    /// <summary>What the key-encryption keys that are given can read of it.</summary>
    /// <exception cref="StartupException">None of them can.</exception>
    public static IReadOnlyList<(XElement Secret, XElement Open)> Decrypt(XElement key, IServiceProvider services) =>
        [.. key.DescendantsAndSelf(Secret).Select(secret => (secret, Decrypt(secret.Attribute(DecryptorType)!.Value, secret, services)))];

    /// <summary>The same key with all of its secrets, open ones too, encrypted anew.</summary>
    public static string Reencrypt(string xml, IXmlEncryptor encryptor, IServiceProvider services)
    {
        var key = Parse(xml);
        foreach (var (secret, open) in Decrypt(key, services))
            secret.ReplaceWith(Encrypt(open, encryptor));
        // What was made in Development without a key-encryption key lies open until now.
        foreach (var open in key.Descendants().Where(each => (bool?)each.Attribute(RequiresEncryption) == true).ToList())
            open.ReplaceWith(Encrypt(new XElement(open), encryptor));
        return key.ToString(SaveOptions.DisableFormatting);
    }

    private static XElement Decrypt(string decryptor, XElement secret, IServiceProvider services)
    {
        try
        {
            var type = Type.GetType(decryptor, throwOnError: true)!;
            return ((IXmlDecryptor)ActivatorUtilities.CreateInstance(services, type)).Decrypt(secret.Elements().Single());
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or InvalidOperationException
            or System.Xml.XmlException)
        {
            throw new StartupException(KeyDecryption.AnotherKey, exception);
        }
    }

    private static XElement Encrypt(XElement open, IXmlEncryptor encryptor)
    {
        var encrypted = encryptor.Encrypt(open);
        return new XElement(
            Secret, new XAttribute(DecryptorType, encrypted.DecryptorType.AssemblyQualifiedName!), encrypted.EncryptedElement);
    }
}
