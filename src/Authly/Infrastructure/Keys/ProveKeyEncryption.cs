using System.Xml.Linq;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Keys;

/// <summary>Before anything is written: what the key-encryption key encrypts, it must be able to decrypt.</summary>
internal sealed class ProveKeyEncryption(IOptions<KeyManagementOptions> options, IServiceProvider services) : IStartupTask
{
    public StartupPhase Phase => StartupPhase.Configuration;

    public Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.XmlEncryptor is not { } encryptor)
            return Task.CompletedTask;
        var proof = new XElement("proof", Guid.NewGuid());
        try
        {
            var encrypted = encryptor.Encrypt(proof);
            var decryptor = (IXmlDecryptor)ActivatorUtilities.CreateInstance(services, encrypted.DecryptorType);
            if (XNode.DeepEquals(decryptor.Decrypt(encrypted.EncryptedElement), proof))
                return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            throw new StartupException($"The key-encryption key (Authly:KeyEncryption) cannot be used: {exception.Message}", exception);
        }

        throw new StartupException("The key-encryption key (Authly:KeyEncryption) does not decrypt what it encrypts.");
    }
}

/// <summary>
/// Before anything is made of them: every Data Protection key that is not expired must be readable. Else sessions and tokens of people
/// would be lost without a word, and the platform would write a stack trace for each.
/// </summary>
internal sealed class ProveProtectionKeys(AuthlyDbContext context, IServiceProvider services, TimeProvider time) : IStartupTask
{
    public StartupPhase Phase => StartupPhase.Keys;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var xml in await context.DataProtectionKeys.Select(row => row.Xml!).ToListAsync(cancellationToken))
        {
            if (ProtectionKeyXml.Parse(xml) is var key && !ProtectionKeyXml.IsExpired(key, time.GetUtcNow()))
                ProtectionKeyXml.Decrypt(key, services);
        }
    }
}
