using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Authly.Infrastructure.Keys;

internal static class KeyExtensions
{
    /// <summary>
    /// Data Protection's ring in the database, protected by the key-encryption key, and the signing keys protected by the ring.
    /// </summary>
    public static void AddKeys(this IHostApplicationBuilder builder, EncryptionOptions options)
    {
        var protection = builder.Services.AddDataProtection().SetApplicationName("Authly").PersistKeysToDbContext<AuthlyDbContext>();
        if (options.CertificateFile is not null)
        {
            var certificate = KeyEncryptionCertificate.Load(options, "Authly:KeyEncryption");
            protection.ProtectKeysWithCertificate(certificate).UnprotectKeysWithAnyCertificate(certificate);
        }
        else if (options.IsGiven)
        {
            builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(services => new ConfigureOptions<KeyManagementOptions>(
                management => management.XmlEncryptor = new KeyEncryption(services.GetRequiredService<AuthlyOptions>())));
        }
        else
        {
            // In Development the ring may lie open (anywhere else the start refuses): ASP.NET Core's warning at every start would say it
            // again.
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        }

        if (options.Previous.CertificateFile is not null)
            protection.UnprotectKeysWithAnyCertificate(KeyEncryptionCertificate.Load(options.Previous, "Authly:KeyEncryption:Previous"));
        builder.Services.AddScoped<IStartupTask, ProveKeyEncryption>();
        builder.Services.AddScoped<IStartupTask, ProveProtectionKeys>();
        builder.Services.AddScoped<KeyReencryption>();
        builder.Services.AddSingleton<SigningKeyRing>();
        builder.Services.AddSingleton<SigningKeyMaterial>();
        builder.Services.AddSingleton<SigningKeySchedule>();
        builder.Services.AddSingleton<SigningKeyLoader>();
        builder.Services.AddScoped<SigningKeyStore>();
        builder.Services.AddScoped<IStartupTask, SigningKeys>();
        builder.Services.AddHostedService<KeyRotation>();
    }
}
