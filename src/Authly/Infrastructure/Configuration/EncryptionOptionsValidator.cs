using FluentValidation;

namespace Authly.Infrastructure.Configuration;

internal sealed class EncryptionOptionsValidator : AbstractValidator<EncryptionOptions>
{
    public EncryptionOptionsValidator(bool isDevelopment)
    {
        RuleFor(options => options.IsGiven).Must(isGiven => isGiven || isDevelopment).WithMessage(
            "Authly:KeyEncryption is missing: without it the keys in the database are readable by whoever reads the database. "
            + "Give 32 random bytes as in Authly__KeyEncryption__Key=$(openssl rand -base64 32), "
            + "a file that holds them (Authly__KeyEncryption__KeyFile), "
            + "or a PKCS#12 certificate (Authly__KeyEncryption__CertificateFile)");
        RuleFor(options => options.IsGiven).Equal(true).When(options => options.Previous.IsGiven)
            .WithMessage("Authly:KeyEncryption:Previous is given without a current one");
        RuleFor(options => (KeyEncryptionSource)options).SetValidator(new KeyEncryptionSourceValidator("Authly:KeyEncryption"));
        RuleFor(options => options.Previous).SetValidator(new KeyEncryptionSourceValidator("Authly:KeyEncryption:Previous"));
    }
}

internal sealed class KeyEncryptionSourceValidator : AbstractValidator<KeyEncryptionSource>
{
    public KeyEncryptionSourceValidator(string section)
    {
        RuleFor(source => source)
            .Must(source => new[] { source.Key, source.KeyFile, source.CertificateFile }.Count(way => way is not null) < 2)
            .WithMessage($"{section} is given in two ways: give one of Key, KeyFile and CertificateFile");
        RuleFor(source => source.Key).Must(IsKey).When(source => source.Key is not null)
            .WithMessage($"{section}:Key is not 32 bytes in base64");
        RuleFor(source => source.KeyFile).Cascade(CascadeMode.Stop).Must(AuthlyOptionsValidator.Exists)
            .WithMessage($"{section}:KeyFile names a file that does not exist, or is out of reach")
            .Must(file => file is null || Read(file) is not null)
                .WithMessage($"{section}:KeyFile may not be read by the user that Authly runs as")
            .Must(file => file is null || IsKey(Read(file)!.Trim())).WithMessage($"{section}:KeyFile does not hold 32 bytes in base64");
        RuleFor(source => source.CertificateFile).Must(AuthlyOptionsValidator.Exists)
            .WithMessage($"{section}:CertificateFile names a file that does not exist, or is out of reach");
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsKey(string? text)
    {
        Span<byte> bytes = stackalloc byte[64];
        return Convert.TryFromBase64String(text ?? "", bytes, out var length) && length == 32;
    }
}
